// The palette: commands filter while typing, records come from the server as options of the same list.
import { openDialog } from "./dialog";
import { load } from "./htmx";

const WAIT_MS = 90;
let timer = 0;
let asked = 0;

export function openPalette(): void {
  const dialog = openDialog("palette");
  const field = dialog?.querySelector<HTMLInputElement>("input");
  if (!field) return;
  field.value = "";
  field.focus();
  document.getElementById("palette-found")?.replaceChildren();
  narrow("");
}

export function startPalette(): void {
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-action=palette]")) openPalette();
  });
  const field = document.querySelector<HTMLInputElement>("[data-palette]");
  field?.addEventListener("input", () => {
    narrow(field.value);
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void find(field), WAIT_MS);
  });
  field?.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter") {
      const chosen = options().find((option) => option.getAttribute("aria-selected") === "true");
      if (!chosen) return;
      event.preventDefault();
      chosen.click();
    }
  });
}

function options(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("#palette-list [role=option]:not([hidden])")];
}

function narrow(typed: string): void {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  for (const option of document.querySelectorAll<HTMLElement>("#palette-list > [role=option]")) {
    const names = (option.dataset.words ?? "").toLowerCase().split(/\s+/);
    option.hidden = !words.every((word) => names.some((name) => name.startsWith(word)));
  }
  choose(options()[0]);
}

async function find(field: HTMLInputElement): Promise<void> {
  const place = document.getElementById("palette-found");
  const typed = field.value.trim();
  const question = ++asked;
  if (!place) return;
  if (typed.length < 2) return place.replaceChildren();
  const fresh = document.createElement("div");
  const found = await load(`${field.dataset.palette}?q=${encodeURIComponent(typed)}`, fresh).catch(() => false);
  // An answer that was overtaken by a newer question is dropped.
  if (!found || question !== asked) return;
  place.replaceChildren(...fresh.childNodes);
  if (!options().some((option) => option.getAttribute("aria-selected") === "true")) choose(options()[0]);
}

function step(by: number): void {
  const all = options();
  const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
  choose(all[(at + by + all.length) % all.length]);
}

function choose(option: HTMLElement | undefined): void {
  for (const one of document.querySelectorAll("#palette-list [aria-selected=true]")) one.setAttribute("aria-selected", "false");
  const field = document.querySelector<HTMLInputElement>("[data-palette]");
  if (!option) return field?.removeAttribute("aria-activedescendant");
  option.id ||= `option-${Math.floor(performance.now() * 1000)}`;
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  field?.setAttribute("aria-activedescendant", option.id);
}
