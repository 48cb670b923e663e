// Short messages: dismissed by hand or by time, never while somebody reads or points at them.
import { eachTime } from "./htmx";

const SHOWN_MS = 9000;

export function startToasts(): void {
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element) event.target.closest(".toast [data-close]")?.closest(".toast")?.remove();
  });
  eachTime(() => {
    for (const toast of document.querySelectorAll<HTMLElement>("#toasts .toast:not([data-timed])")) leaveLater(toast);
  });
  document.addEventListener("htmx:response:error", (event) => {
    const status: number = (event as CustomEvent).detail.ctx.response.status;
    // What was typed wrongly comes back as a page with the errors at their fields.
    if (status === 409 || status === 422) return;
    say(status === 401 ? "Your session has ended. Sign in again; nothing that you typed is lost." : `The server answered ${status}. Nothing was changed.`);
  });
  document.addEventListener("htmx:error", () => say("The server cannot be reached. Nothing was changed."));
}

/** Shows a message of the browser's own. */
export function say(text: string): void {
  const place = document.getElementById("toasts");
  if (!place) return;
  if ([...place.children].some((toast) => toast.textContent === text)) return;
  const toast = document.createElement("div");
  toast.className = "toast toast-warning";
  const words = document.createElement("span");
  words.className = "toast-text";
  words.textContent = text;
  toast.append(words);
  place.append(toast);
  leaveLater(toast);
}

function leaveLater(toast: HTMLElement): void {
  toast.dataset.timed = "";
  const again = () => window.setTimeout(leave, SHOWN_MS);
  const leave = () => (toast.matches(":hover, :focus-within") ? again() : toast.remove());
  again();
}
