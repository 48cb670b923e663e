// Photographs the gallery and checks it with axe: `node tests/look.mjs FOLDER PICTURES`, after
// `cargo run -p web --example gallery -- FOLDER`. It serves the folder under the security policy of the product,
// so whatever the policy forbids is printed, and it ends with 1 if axe finds anything serious.
import { createServer } from "node:http";
import { readFileSync, mkdirSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [folder, pictures] = process.argv.slice(2);
const chromiumPath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const policy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; frame-ancestors 'none'";
const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml" };

const server = createServer((request, response) => {
  const path = normalize(new URL(request.url, "http://localhost").pathname);
  try {
    // Every list address answers with the whole page, as the program does; a peek with its fragment.
    const name = path.endsWith("/peek") ? "peek.html" : path === "/" || path.startsWith("/people") ? "index.html" : path;
    const file = join(folder, name);
    const body = readFileSync(file);
    response.writeHead(200, { "content-type": types[extname(file)] ?? "text/plain", "content-security-policy": policy });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${server.address().port}/`;

mkdirSync(pictures, { recursive: true });
const browser = await chromium.launch({ executablePath: chromiumPath, args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"] });
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const views = [
  { name: "light", width: 1360, height: 900, colorScheme: "light" },
  { name: "dark", width: 1360, height: 900, colorScheme: "dark" },
  { name: "phone", width: 390, height: 844, colorScheme: "light", hasTouch: true, isMobile: true },
  { name: "plain", width: 1360, height: 900, colorScheme: "light", javaScriptEnabled: false },
];
let serious = 0;

function must(held, what) {
  if (!held) throw new Error(`does not hold: ${what}`);
}

// What the keys promise.
async function operate(page, photograph) {
  const focused = () => page.evaluate(() => document.activeElement?.textContent || document.activeElement?.id);
  const escape = async () => {
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => !document.querySelector("dialog[open]"));
  };
  const open = (id) => page.locator(`#${id}`).evaluate((dialog) => dialog.open);
  await page.keyboard.press("Control+k");
  must(await open("palette"), "Ctrl+K opens the palette");
  await page.keyboard.type("co");
  must((await page.locator("#palette-list [aria-selected=true]").innerText()).startsWith("Companies"), "typing chooses a command");
  await photograph("palette");
  await escape();
  await page.keyboard.press("?");
  must(await open("keys"), "? opens the sheet");
  await photograph("keys");
  await escape();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  must((await focused()) === "Mary Somerville", "j walks down the rows");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  must((await page.locator("[data-ticked]").innerText()) === "2 ticked", "x ticks rows");
  await photograph("ticked");
  await page.keyboard.press(" ");
  await page.locator("#peek h2").waitFor();
  await photograph("peek");
  await page.keyboard.press("Escape");
  must(await page.locator("#peek").isHidden(), "Escape ends a peek");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.locator("#list").evaluate((list) => { list.dataset.old = ""; });
  await page.getByRole("link", { name: "Name", exact: true }).click();
  await page.locator("#list:not([data-old])").waitFor();
  must(page.url().endsWith("/people?sort=name"), "sorting changes the list and the address");
  await page.getByRole("searchbox", { name: "Name, e-mail, company" }).fill("ada");
  await page.waitForURL("**/people?q=ada&tier=gold");
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.activeElement.blur());
  await page.locator(".menu summary").click();
  await photograph("menu");
  await page.getByRole("button", { name: "Dark" }).click();
  must((await page.evaluate(() => document.documentElement.dataset.theme)) === "dark", "the theme changes at once");
  await page.getByRole("button", { name: "As the device" }).click();
  await escape();
  must((await page.locator(".menu[open]").count()) === 0, "Escape closes a menu");
  await page.getByRole("button", { name: "Delete" }).click();
  must(await open("confirm"), "a dangerous button asks first");
  await photograph("confirm");
  await escape();
  await page.locator("#revenue [data-chart]").scrollIntoViewIfNeeded();
  await page.locator("#revenue [data-chart]").hover({ position: { x: 250, y: 150 } });
  await page.waitForTimeout(400);
  must((await page.locator(".tip-figure").count()) > 0, "a chart tells its figures");
  await photograph("tip");
  await page.keyboard.press("/");
  must((await page.evaluate(() => document.activeElement?.getAttribute("name"))) === "q", "/ leads to the search");
  await page.evaluate(() => { document.activeElement.blur(); scrollTo(0, 0); });
}

async function thumb(page, photograph) {
  await page.getByRole("button", { name: "More" }).click();
  must(await page.locator("#side").isVisible(), "More opens the navigation");
  await photograph("more");
  await page.keyboard.press("Escape");
}
for (const { name, width, height, ...options } of views) {
  const context = await browser.newContext({ viewport: { width, height }, ...options });
  const page = await context.newPage();
  page.on("console", (said) => ["error", "warning"].includes(said.type()) && !said.text().includes("404") && console.log(name, said.text()));
  page.on("pageerror", (error) => console.log(name, "failed:", error.message));
  await page.goto(address, { waitUntil: "networkidle" });
  if (options.javaScriptEnabled !== false) await page.waitForTimeout(500);
  await page.screenshot({ path: join(pictures, `${name}-top.png`) });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  if (options.javaScriptEnabled === false) continue;
  for (const [i, part] of (await page.locator("main > .section").all()).entries()) {
    await part.screenshot({ path: join(pictures, `${name}-part-${i}.png`) });
  }
  const wide = (await page.evaluate(() => document.documentElement.scrollWidth)) - width;
  if (wide > 0) console.log(name, `the page is ${wide} px too wide:`, await page.evaluate((width) => [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest(".scroll, .tabs, .loop")).slice(0, 5).map((e) => e.outerHTML.slice(0, 90)), width));
  if (name !== "phone") await operate(page, (what) => page.screenshot({ path: join(pictures, `${name}-${what}.png`) }));
  else await thumb(page, (what) => page.screenshot({ path: join(pictures, `${name}-${what}.png`) }));
  // DevTools evaluation is not held by the page's policy, so axe needs no exception in it.
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  for (const violation of found.violations) {
    if (["serious", "critical"].includes(violation.impact)) serious += 1;
    console.log(name, violation.impact, violation.id, violation.help);
    for (const node of violation.nodes.slice(0, 6)) console.log("   ", node.target.join(" "), "|", (node.any[0]?.message ?? node.failureSummary ?? "").slice(0, 160));
  }
  await context.close();
}
await browser.close();
server.close();
console.log(serious === 0 ? "axe: nothing serious" : `axe: ${serious} serious findings`);
process.exit(serious === 0 ? 0 : 1);
