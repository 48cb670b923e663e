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
    const file = join(folder, path === "/" ? "index.html" : path);
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
  // DevTools evaluation is not held by the page's policy, so axe needs no exception in it.
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  for (const violation of found.violations) {
    if (["serious", "critical"].includes(violation.impact)) serious += 1;
    console.log(name, violation.impact, violation.id, violation.help);
    for (const node of violation.nodes.slice(0, 6)) console.log("   ", node.target.join(" "), "|", (node.any[0]?.message ?? node.failureSummary ?? "").slice(0, 160));
  }
  await page.goto(`${address}sign-in.html`, { waitUntil: "networkidle" });
  await page.screenshot({ path: join(pictures, `${name}-sign-in.png`) });
  await context.close();
}
await browser.close();
server.close();
console.log(serious === 0 ? "axe: nothing serious" : `axe: ${serious} serious findings`);
process.exit(serious === 0 ? 0 : 1);
