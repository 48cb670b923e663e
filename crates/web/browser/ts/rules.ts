// Nested conditions. The server draws every row; adding and removing post the form to it, so that without script the
// buttons do the same. After a swap the new row gets the attention.

export function startRules(): void {
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.target;
    if (!(target instanceof Element) || !target.matches(".rules, form:has(.rules)")) return;
    document.querySelector<HTMLElement>(".rule [data-fresh]")?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    const form = event.target.closest("form:has(.rules)");
    const count = form?.querySelector<HTMLElement>("[data-count]");
    if (!count) return;
    // Enter in a condition counts; it neither saves nor presses the first button of the form.
    event.preventDefault();
    count.click();
  });
}
