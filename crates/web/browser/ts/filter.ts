// Keeps empty fields out of the address of a filtered list, so that a copied address is short.

export function startFilters(): void {
  document.addEventListener("htmx:config:request", (event) => {
    const { ctx } = (event as CustomEvent).detail;
    if (!(ctx.sourceElement instanceof Element) || !ctx.sourceElement.matches(".filters")) return;
    const body: FormData = ctx.request.body;
    for (const [name, value] of [...body]) if (value === "") body.delete(name);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches(".filters") || form.method !== "get") return;
    form.addEventListener("formdata", (data) => {
      for (const [name, value] of [...data.formData]) if (value === "") data.formData.delete(name);
    }, { once: true });
  });
}
