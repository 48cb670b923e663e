// Opens and closes dialogs, and asks before what cannot be taken back: data-confirm on a button or a form.

export function openDialog(id: string): HTMLDialogElement | null {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement)) return null;
  if (!dialog.open) dialog.showModal();
  return dialog;
}

export function startDialogs(): void {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const opener = event.target.closest<HTMLElement>("[data-open]");
    if (opener) openDialog(opener.dataset.open ?? "");
    if (event.target.closest("[data-action=keys]")) openDialog("keys");
    if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
    // A click on the veil lands on the dialog itself.
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
  document.addEventListener("click", confirmFirst, true);
  document.addEventListener("htmx:confirm", (event) => {
    const { ctx, issueRequest, dropRequest } = (event as CustomEvent).detail;
    event.preventDefault();
    void ask(ctx.confirm).then((yes) => (yes ? issueRequest() : dropRequest()));
  });
}

/** Asks in our own dialog; resolves to true only on a clear yes. */
export function ask(question: string): Promise<boolean> {
  const dialog = document.getElementById("confirm");
  if (!(dialog instanceof HTMLDialogElement)) return Promise.resolve(window.confirm(question));
  const words = dialog.querySelector("p");
  if (words) words.textContent = question;
  dialog.showModal();
  dialog.querySelector<HTMLElement>("[data-answer=no]")?.focus();
  return new Promise((answer) => {
    let yes = false;
    const choose = (event: Event) => {
      const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-answer]") : null;
      if (!button) return;
      yes = button.dataset.answer === "yes";
      dialog.close();
    };
    dialog.addEventListener("click", choose);
    dialog.addEventListener("close", () => {
      dialog.removeEventListener("click", choose);
      answer(yes);
    }, { once: true });
  });
}

const answered = new WeakSet<HTMLElement>();

function confirmFirst(event: MouseEvent): void {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-confirm]") : null;
  if (!button || answered.delete(button)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  void ask(button.dataset.confirm ?? "").then((yes) => {
    if (!yes) return;
    answered.add(button);
    button.click();
  });
}
