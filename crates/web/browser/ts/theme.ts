// Colours change at once; the server keeps the choice, so the next page arrives in it.

export function startTheme(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches(".theme")) return;
    const button = event.submitter;
    if (!(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    document.documentElement.dataset.theme = button.value;
    for (const other of form.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
    document.dispatchEvent(new CustomEvent("rondel:theme"));
    const choice = new FormData(form, button);
    const body = new URLSearchParams([...choice].map(([name, value]) => [name, String(value)]));
    void fetch(form.action, { method: "POST", body, redirect: "manual" });
  });
}
