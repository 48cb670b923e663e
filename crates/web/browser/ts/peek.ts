// A look at a record without leaving the list: rows with data-peek name the fragment.
import { load } from "./htmx";

function panel(): HTMLElement | null {
  return document.getElementById("peek");
}

export function peeking(): boolean {
  return panel()?.hidden === false;
}

export function peek(row: HTMLElement): void {
  const place = panel();
  const address = row.dataset.peek;
  if (!place || !address || place.dataset.shown === address) return;
  place.dataset.shown = address;
  void load(address, place).then((found) => {
    place.hidden = !found;
    if (!found) delete place.dataset.shown;
  });
}

export function closePeek(): void {
  const place = panel();
  if (!place) return;
  place.hidden = true;
  delete place.dataset.shown;
}

export function startPeek(): void {
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("#peek [data-close]")) closePeek();
  });
}
