// Files: names what was dropped, and shows how far the upload is. Without script the form posts as forms do.
import { csrfToken } from "./htmx";
import { say } from "./toast";

export function startUploads(): void {
  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.matches(".drop input")) name(event.target);
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      const drop = event.target instanceof Element ? event.target.closest<HTMLElement>(".drop") : null;
      document.querySelectorAll<HTMLElement>(".drop[data-over]").forEach((other) => delete other.dataset.over);
      if (drop && kind.startsWith("drag") && kind !== "dragleave") drop.dataset.over = "";
    });
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("form.upload")) return;
    event.preventDefault();
    send(form);
  });
}

function name(field: HTMLInputElement): void {
  const files = [...(field.files ?? [])];
  const words = field.closest(".drop")?.querySelector("[data-files]");
  if (words) words.textContent = files.map((file) => `${file.name} (${size(file.size)})`).join(", ");
  const form = field.form;
  if (files.length > 0 && form?.matches("[data-at-once]")) form.requestSubmit();
}

function size(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function send(form: HTMLFormElement): void {
  const place = form.querySelector<HTMLElement>(".upload-progress");
  const bar = place?.querySelector("progress");
  const percent = place?.querySelector("[data-percent]");
  if (place) place.hidden = false;
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    const done = (event.loaded / event.total) * 100;
    if (bar) bar.value = done;
    if (percent) percent.textContent = `${Math.round(done)} %`;
  });
  request.addEventListener("load", () => {
    // The server answers a post with the page of the import, or with the form and its errors.
    if (request.responseURL && request.status < 400 && request.responseURL !== form.action) location.assign(request.responseURL);
    else if (request.status === 422 || request.status === 413) showForm(request.responseText, form);
    else say(`The server answered ${request.status}. The file was not taken.`);
    if (place && request.status >= 400) place.hidden = true;
  });
  request.addEventListener("error", () => {
    if (place) place.hidden = true;
    say("The server cannot be reached. The file was not taken; choose it again when the connection is back.");
  });
  request.open("POST", form.action);
  request.setRequestHeader("x-csrf-token", csrfToken());
  request.send(new FormData(form));
}

function showForm(html: string, form: HTMLFormElement): void {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("form.upload");
  if (fresh) form.replaceWith(fresh);
  else say("The file was not taken.");
}
