// Nested conditions. The server draws every row; adding and removing post the form to it, so that without script the
// buttons do the same. After a swap the new row gets the attention.

export function startRules(): void {
  document.addEventListener("htmx:after:swap", () => {
    const fresh = document.querySelector<HTMLElement>(".rule [data-fresh]");
    fresh?.focus();
    fresh?.removeAttribute("data-fresh");
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
