// htmx, and the little that the modules ask of it.
import htmx from "htmx.org";

/** Puts a fragment of the server into an element and lets htmx read it. */
export async function load(address: string, into: Element): Promise<boolean> {
  const response = await fetch(address, { headers: { "HX-Request": "true", Accept: "text/html" } });
  if (!response.ok) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  into.replaceChildren(...page.body.childNodes);
  htmx.process(into);
  return true;
}

/** Calls back for the page as it stands, and for whatever a swap brings into it. */
export function eachTime(work: (root: ParentNode) => void): void {
  work(document);
  document.addEventListener("htmx:after:swap", () => work(document));
}

/** The token that every post must carry. */
export function csrfToken(): string {
  const headers = document.body.getAttribute("hx-headers:inherited") ?? "{}";
  return (JSON.parse(headers) as Record<string, string>)["x-csrf-token"] ?? "";
}
