// A slider beside a field of a form: moving one moves the other. Without script only the field is there.

export function startSliders(): void {
  for (const slider of document.querySelectorAll<HTMLInputElement>("input[data-slides]")) {
    const field = document.getElementById(slider.dataset.slides ?? "");
    if (!(field instanceof HTMLInputElement)) continue;
    slider.hidden = false;
    const follow = () => {
      slider.value = field.value.replace(",", ".");
    };
    follow();
    field.addEventListener("input", follow);
    slider.addEventListener("input", () => {
      field.value = slider.value;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}
