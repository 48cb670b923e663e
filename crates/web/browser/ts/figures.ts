// Figures as words, the same as src/charts/numbers.rs prints them.

export type Unit = { kind: "count" } | { kind: "share" } | { kind: "money"; sign: string } | { kind: "plain"; digits: number };

export function full(unit: Unit, value: number): string {
  switch (unit.kind) {
    case "count":
      return grouped(value, 0);
    case "share":
      return `${grouped(value * 100, 1)} %`;
    case "money":
      return signed(unit.sign, value, grouped(Math.abs(value), 0));
    case "plain":
      return grouped(value, unit.digits);
  }
}

export function short(unit: Unit, value: number): string {
  if (unit.kind === "share") return `${trimmed(value * 100)} %`;
  return unit.kind === "money" ? signed(unit.sign, value, abbreviated(Math.abs(value))) : abbreviated(value);
}

function abbreviated(value: number): string {
  const size = Math.abs(value);
  if (size >= 999_500_000) return `${trimmed(value / 1e9)} bn`;
  if (size >= 999_500) return `${trimmed(value / 1e6)} M`;
  if (size >= 9_999.5) return `${trimmed(value / 1e3)} k`;
  return size >= 1_000 ? grouped(value, 0) : trimmed(value);
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(2)));
}

function grouped(value: number, digits: number): string {
  return value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace("-", "−");
}

/** Money with its sign: a symbol stands close to the figure, a code apart. */
function signed(sign: string, value: number, unsigned: string): string {
  return `${value < 0 ? "-" : ""}${sign}${/[A-Za-z]$/.test(sign) ? "\u00a0" : ""}${unsigned}`;
}
