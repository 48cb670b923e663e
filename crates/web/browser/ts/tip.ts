// The words beside the pointer. Built of elements, because the security policy allows no style in markup.
import { full, type Unit } from "./figures";
import type { Palette } from "./colours";

type Point = { name: string; seriesIndex: number; dataIndex: number };
type Row = { name: string; colour: number; role?: "low" | "span"; data: (number | null)[] };

export function tip(points: Point[], rows: Row[], unit: Unit, colours: Palette): HTMLElement {
  const box = element("div", "tip");
  const first = points[0];
  if (!first) return box;
  box.append(element("span", "tip-label", first.name));
  for (const point of points) {
    const row = rows[point.seriesIndex];
    if (!row || row.role) continue;
    const value = row.data[point.dataIndex];
    const line = element("span", "tip-row");
    line.append(dot(colours.series[row.colour % colours.series.length] ?? ""), element("span", "", row.name));
    line.append(element("span", "tip-figure", value == null ? "–" : full(unit, value)));
    box.append(line);
    const words = interval(row, rows, point.dataIndex, unit);
    if (words) box.append(element("span", "tip-interval", words));
  }
  return box;
}

function interval(row: Row, rows: Row[], at: number, unit: Unit): string | null {
  const low = rows.find((one) => one.role === "low" && one.colour === row.colour)?.data[at];
  const span = rows.find((one) => one.role === "span" && one.colour === row.colour)?.data[at];
  return low == null || span == null ? null : `${full(unit, low)} – ${full(unit, low + span)}`;
}

function element(name: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function dot(colour: string): SVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 8 8");
  const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  for (const [name, value] of Object.entries({ cx: "4", cy: "4", r: "4", fill: colour })) circle.setAttribute(name, value);
  svg.append(circle);
  return svg;
}
