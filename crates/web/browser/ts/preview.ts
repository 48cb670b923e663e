// The editor of a campaign: the preview follows what is typed. It presses the button that does the same without script.

const AFTER_MS = 400;

export function startPreview(): void {
  const button = document.querySelector<HTMLButtonElement>("button[data-preview]");
  const form = button?.form;
  if (!button || !form) return;
  let waiting = 0;
  const show = () => form.requestSubmit(button);
  form.addEventListener("input", () => {
    window.clearTimeout(waiting);
    waiting = window.setTimeout(show, AFTER_MS);
  });
  show();
}
