// Draws a chart that the server described: adds colours, fonts and the words of figures, in the theme of the page.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use, type EChartsType } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { full, short, type Unit } from "./figures";
import { palette, type Palette } from "./colours";
import { tip } from "./tip";

use([BarChart, LineChart, AriaComponent, GridComponent, LegendComponent, TooltipComponent, SVGRenderer]);

type Row = { name: string; type: string; colour: number; role?: "low" | "span"; data: (number | null)[]; [more: string]: unknown };
type Axis = { type: string; data?: string[]; [more: string]: unknown };
export type Described = {
  unit: Unit;
  kind: "lines" | "bars" | "stacked" | "ranked";
  option: { xAxis: Axis; yAxis: Axis; series: Row[]; legend: Record<string, unknown>; tooltip: Record<string, unknown>; aria: unknown };
};

const alive = new Map<EChartsType, { place: HTMLElement; described: Described }>();

export function draw(place: HTMLElement, json: string): void {
  const described = JSON.parse(json) as Described;
  place.replaceChildren();
  place.dataset.alive = "";
  const chart = init(place, null, { renderer: "svg" });
  alive.set(chart, { place, described });
  dress(chart, described);
  new ResizeObserver(() => (place.isConnected ? fit(chart, described) : bury(chart))).observe(place);
}

function fit(chart: EChartsType, { option }: Described): void {
  chart.resize();
  chart.setOption({ grid: { top: roomAbove(chart, option.legend, palette().face) } });
}

function bury(chart: EChartsType): void {
  alive.delete(chart);
  chart.dispose();
}

function dressAll(): void {
  for (const [chart, { described }] of alive) dress(chart, described);
}
document.addEventListener("rondel:theme", dressAll);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dressAll);

function dress(chart: EChartsType, { unit, kind, option }: Described): void {
  const colours = palette();
  const axis = (one: Axis) => (one.type === "value" ? valueAxis(one, unit, colours) : labelAxis(one, kind, colours));
  chart.setOption({
    ...option,
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 250,
    color: colours.series,
    textStyle: { fontFamily: colours.face, color: colours.muted },
    grid: { left: 14, right: kind === "ranked" ? 76 : 18, top: roomAbove(chart, option.legend, colours.face), bottom: 12, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { ...option.legend, left: LEGEND.side, top: 8, itemWidth: LEGEND.mark, itemHeight: LEGEND.mark, itemGap: LEGEND.gap, icon: "roundRect", textStyle: { color: colours.muted, fontSize: LEGEND.size } },
    tooltip: {
      ...option.tooltip,
      confine: true,
      backgroundColor: "transparent",
      borderWidth: 0,
      padding: 0,
      extraCssText: "box-shadow:none",
      axisPointer: kind === "lines" ? { type: "line", lineStyle: { color: colours.control } } : { type: "shadow", shadowStyle: { color: colours.shade } },
      formatter: (points: unknown) => tip(points as never, option.series, unit, colours),
    },
    xAxis: axis(option.xAxis),
    yAxis: axis(option.yAxis),
    series: option.series.map((row) => series(row, kind, unit, colours)),
  }, { notMerge: true });
}

const LEGEND = { side: 16, mark: 10, gap: 14, size: 12, line: 24 };

// A legend that is wider than the chart is broken into lines; the axis begins below the last of them.
function roomAbove(chart: EChartsType, { show, data }: Described["option"]["legend"], face: string): number {
  const pen = document.createElement("canvas").getContext("2d");
  if (!show || !pen) return show ? 40 : 18;
  pen.font = `${LEGEND.size}px ${face}`;
  const room = chart.getWidth() - 2 * LEGEND.side;
  let [lines, used] = [1, 0];
  for (const name of data) {
    const width = LEGEND.mark + 5 + pen.measureText(name).width + LEGEND.gap;
    if (used > 0 && used + width - LEGEND.gap > room) [lines, used] = [lines + 1, 0];
    used += width;
  }
  return 16 + LEGEND.line * lines;
}

function valueAxis(axis: Axis, unit: Unit, colours: Palette) {
  // Fifths of a share are round and end at the whole; quarters would be drawn as 30 % and 120 %.
  return { ...axis, splitNumber: unit.kind === "share" ? 5 : 4, axisLabel: { color: colours.muted, fontSize: 11, formatter: (value: number) => short(unit, value) }, splitLine: { lineStyle: { color: colours.line } } };
}

function labelAxis(axis: Axis, kind: string, colours: Palette) {
  const lying = kind === "ranked";
  return {
    ...axis,
    boundaryGap: kind !== "lines",
    axisTick: { show: false },
    axisLine: { show: !lying, lineStyle: { color: colours.lineStrong } },
    axisLabel: { color: lying ? colours.text : colours.muted, fontSize: lying ? 12 : 11, hideOverlap: true, ...(lying ? { width: 190, overflow: "truncate" } : {}) },
  };
}

function series(row: Row, kind: string, unit: Unit, colours: Palette) {
  const { colour, role, ...plain } = row;
  const tone = colours.series[colour % colours.series.length] ?? colours.text;
  if (role) {
    return { ...plain, silent: true, symbol: "none", lineStyle: { opacity: 0 }, itemStyle: { color: tone }, areaStyle: { color: tone, opacity: role === "span" ? 0.14 : 0 }, emphasis: { disabled: true } };
  }
  if (kind === "lines") {
    return { ...plain, symbol: "circle", symbolSize: 6, showSymbol: row.data.length < 3, lineStyle: { width: 2, color: tone }, itemStyle: { color: tone }, emphasis: { disabled: true } };
  }
  const label = { show: true, position: "right", color: colours.muted, fontSize: 11, formatter: (point: { value: number }) => full(unit, point.value) };
  const rounded = kind === "ranked" ? [0, 2, 2, 0] : [2, 2, 0, 0];
  return { ...plain, barMaxWidth: kind === "ranked" ? 18 : 32, itemStyle: { color: tone, borderRadius: kind === "stacked" ? 0 : rounded }, ...(kind === "ranked" ? { label } : {}), emphasis: { disabled: true } };
}
