// Rows of a list: ticks with a range, and the count of what is ticked.
import { eachTime } from "./htmx";

let lastTicked: HTMLInputElement | null = null;

export function startTables(): void {
  document.addEventListener("change", (event) => {
    const tick = event.target;
    if (!(tick instanceof HTMLInputElement) || tick.type !== "checkbox") return;
    const table = tick.closest("table");
    if (!table) return;
    if (tick.matches("[data-tick-all]")) for (const one of ticksOf(table)) one.checked = tick.checked;
    count(table);
  });
  document.addEventListener("click", (event) => {
    const tick = event.target;
    if (!(tick instanceof HTMLInputElement) || !tick.matches(".tick input[name=id]")) return;
    if (event.shiftKey) tickRange(tick);
    lastTicked = tick;
  });
  document.addEventListener("reset", (event) => {
    const form = event.target;
    if (form instanceof HTMLFormElement) window.setTimeout(() => form.querySelectorAll("table").forEach(count));
  });
  eachTime((root) => root.querySelectorAll("table:has(.tick)").forEach((table) => count(table as HTMLTableElement)));
}

/** Ticks or unticks everything between the tick touched before and this one. */
export function tickRange(to: HTMLInputElement): void {
  const table = to.closest("table");
  if (!table || !lastTicked || !table.contains(lastTicked)) return;
  const ticks = ticksOf(table);
  const [from, until] = [ticks.indexOf(lastTicked), ticks.indexOf(to)].sort((a, b) => a - b);
  for (const tick of ticks.slice(from, (until ?? 0) + 1)) tick.checked = to.checked;
  count(table);
}

function ticksOf(table: Element): HTMLInputElement[] {
  return [...table.querySelectorAll<HTMLInputElement>(".tick input[name=id]")];
}

function count(table: HTMLTableElement): void {
  const ticks = ticksOf(table);
  const ticked = ticks.filter((tick) => tick.checked).length;
  const all = table.querySelector<HTMLInputElement>("[data-tick-all]");
  if (all) {
    all.checked = ticked > 0 && ticked === ticks.length;
    all.indeterminate = ticked > 0 && ticked < ticks.length;
  }
  const words = table.closest("form")?.querySelector("[data-ticked]");
  if (words) words.textContent = ticked === 0 ? "" : `${ticked} ticked`;
}
