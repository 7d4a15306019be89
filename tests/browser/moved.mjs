// A browser and the address of a forum's host → each old address there leads to the new one, anchors included. Told as
// pairs of old and new; where they are the same, a page stays. Ends with 1 when one leads elsewhere.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [browserPath, host, pairs] = process.argv.slice(2);
const complaints = [];
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
for (const [from, to] of JSON.parse(pairs)) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => complaints.push(`${from}: ${error}`));
  await page.goto(host + from, { waitUntil: "networkidle" });
  if (from !== to) await page.waitForURL(host + to, { timeout: 30_000 }).catch(() => {});
  assert.equal(page.url(), host + to, from);
  await page.close();
}
await browser.close();
assert.deepEqual(complaints, []);
