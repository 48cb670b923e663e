// Finds charts and loads the library for them, only on pages that have one. The server's drawing stays until the
// lively one stands, and for good where the library cannot be had.
import { eachTime } from "./htmx";

type Draw = { draw(place: HTMLElement, described: string): void };

let library: Promise<Draw> | null = null;

export function startCharts(): void {
  const address = document.documentElement.dataset.charts;
  if (!address) return;
  eachTime(() => {
    for (const place of document.querySelectorAll<HTMLElement>("[data-chart]:not([data-alive])")) {
      const described = place.parentElement?.querySelector("[data-option]")?.textContent;
      if (!described) continue;
      library ??= import(address) as Promise<Draw>;
      void library.then(({ draw }) => draw(place, described)).catch(() => undefined);
    }
  });
}
