// The form of a turn: another length or first day moves the last day. Without script the server does it.

export function startLengths(): void {
  for (const length of document.querySelectorAll<HTMLSelectElement>('select[name="cadence"]')) {
    const field = (name: string) => length.form?.elements.namedItem(name);
    const [first, last] = [field("starts_on"), field("ends_on")];
    if (!(first instanceof HTMLInputElement) || !(last instanceof HTMLInputElement)) continue;
    const follow = () => {
      const end = lastDay(first.value, length.value === "month" ? 1 : 3);
      if (end) last.value = end;
    };
    length.addEventListener("change", follow);
    first.addEventListener("change", follow);
  }
}

// The day before the same day so many months later, or the last of that month where it is shorter.
function lastDay(start: string, months: number): string | undefined {
  const [year, month, day] = start.split("-").map(Number);
  if (!year || !month || !day) return undefined;
  const behind = new Date(Date.UTC(year, month - 1 + months, day - 1));
  const endOfMonth = new Date(Date.UTC(year, month + months, 0));
  const end = behind > endOfMonth ? endOfMonth : behind;
  return end.toISOString().slice(0, 10);
}
