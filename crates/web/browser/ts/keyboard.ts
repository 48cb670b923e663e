// Keys: / ? Ctrl+K, g and a letter, j k Enter Space x [ ] in lists, and any element with data-key.
import { openDialog } from "./dialog";
import { openPalette } from "./palette";
import { closePeek, peek, peeking } from "./peek";
import { tickRange } from "./table";

/** How long `g` waits for its letter. */
const SECOND_KEY_MS = 1200;
let wentAt = 0;

export function startKeyboard(): void {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && peeking()) return closePeek();
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (press(event)) event.preventDefault();
  });
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement
    && (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=file])"));
}

/** True if the key meant something. */
function press(event: KeyboardEvent): boolean {
  const key = event.key;
  if (Date.now() - wentAt < SECOND_KEY_MS) {
    wentAt = 0;
    return click(`[data-go="${CSS.escape(key)}"]`);
  }
  switch (key) {
    case "g":
      wentAt = Date.now();
      return true;
    case "/":
      return focusSearch();
    case "?":
      return openDialog("keys") !== null;
    case "j":
    case "k":
      return moveRow(key === "j" ? 1 : -1);
    case "ArrowDown":
    case "ArrowUp":
      return currentRow() !== null && moveRow(key === "ArrowDown" ? 1 : -1);
    case " ":
      return peekRow();
    case "x":
    case "X":
      return tickRow(event.shiftKey);
    default:
      return key.length === 1 && click(`[data-key="${CSS.escape(key)}"]`);
  }
}

function click(selector: string): boolean {
  const element = document.querySelector<HTMLElement>(selector);
  // A field is entered, everything else is pressed.
  if (element?.matches("textarea, input")) element.focus();
  else element?.click();
  return element !== null;
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLInputElement>("[data-search-list], #search");
  field?.focus();
  field?.select();
  return field !== null;
}

function rows(): HTMLTableRowElement[] {
  return [...document.querySelectorAll<HTMLTableRowElement>("table[data-rows] tbody tr")];
}

function currentRow(): HTMLTableRowElement | null {
  return document.activeElement?.closest<HTMLTableRowElement>("table[data-rows] tbody tr") ?? null;
}

function moveRow(step: number): boolean {
  const all = rows();
  if (all.length === 0) return false;
  const current = currentRow();
  const at = current ? all.indexOf(current) + step : step > 0 ? 0 : all.length - 1;
  const next = all[Math.max(0, Math.min(all.length - 1, at))];
  next?.querySelector<HTMLElement>(".row-link, a, button")?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
  if (next && peeking()) peek(next);
  return true;
}

function peekRow(): boolean {
  const row = currentRow();
  if (!row?.dataset.peek || document.activeElement instanceof HTMLButtonElement || document.activeElement instanceof HTMLInputElement) return false;
  if (peeking()) closePeek();
  else peek(row);
  return true;
}

function tickRow(range: boolean): boolean {
  const tick = currentRow()?.querySelector<HTMLInputElement>(".tick input");
  if (!tick) return false;
  tick.click();
  if (range) tickRange(tick);
  return true;
}
