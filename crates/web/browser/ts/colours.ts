// The colours of the style sheet as a chart needs them: resolved for the theme that is shown now.

export type Palette = {
  series: string[];
  text: string;
  muted: string;
  line: string;
  lineStrong: string;
  control: string;
  shade: string;
  face: string;
};

export function palette(): Palette {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    series: [1, 2, 3, 4, 5, 6].map((n) => colour(`series-${n}`)),
    text: colour("text"),
    muted: colour("muted"),
    line: colour("line"),
    lineStrong: colour("line-strong"),
    control: colour("control"),
    shade: colour("hover"),
    face: getComputedStyle(document.body).fontFamily,
  };
  probe.remove();
  return found;
}
