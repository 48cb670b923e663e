// Long work asks for itself again (hx-trigger every 1s). This stops asking while nobody looks, and opens the page that
// a finished piece of work names with data-then.
import { eachTime } from "./htmx";

export function startProgress(): void {
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = (event as CustomEvent).detail;
    if (document.hidden && ctx.sourceElement instanceof Element && ctx.sourceElement.matches(".progress")) event.preventDefault();
  });
  eachTime(() => {
    const done = document.querySelector<HTMLElement>("[data-then]");
    if (done?.dataset.then) location.assign(done.dataset.then);
  });
}
