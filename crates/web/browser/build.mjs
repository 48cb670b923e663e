// Bundles the browser's part of Rondel: `node build.mjs OUT [--minify]`.
// Writes app.css, app.js and charts.js. build.rs runs it on a copy in OUT_DIR.
import { build } from "esbuild";
import { join } from "node:path";

const out = process.argv[2];
const minify = process.argv.includes("--minify");
const target = ["chrome123", "firefox128", "safari17.5"];
const shared = { bundle: true, minify, target, logLevel: "warning", legalComments: "none" };

await Promise.all([
  build({ ...shared, entryPoints: ["css/app.css"], outfile: join(out, "app.css") }),
  build({ ...shared, entryPoints: ["ts/app.ts"], outfile: join(out, "app.js"), format: "iife" }),
  build({ ...shared, entryPoints: ["ts/charts.ts"], outfile: join(out, "charts.js"), format: "esm" }),
]);
