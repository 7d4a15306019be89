// A browser and the addresses of forums in which Eve's words are hard to set → no page is wider than a phone, and none of
// her words is painted over Ada's. Ends with 1 when one is.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [browserPath, ...hosts] = process.argv.slice(2);
const complaints = [];
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
const canvas = await browser.newPage();

// How many pixels of a picture are red.
const red = (png) => canvas.evaluate(async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) count += data[at] > data[at + 1] + 90 && data[at] > data[at + 2] + 90;
  return count;
}, png.toString("base64"));

// Paints the words of one thing red, and looks for them in its neighbours.
const apart = async (what, hers, others) => {
  await page.locator(hers).first().evaluate((hers) => {
    for (const element of [hers, ...hers.querySelectorAll("*")]) element.style.color = "rgb(255, 0, 0)";
  });
  assert.ok(await red(await page.locator(hers).first().screenshot()) > 0, `${what}: her words are seen`);
  for (const other of others) {
    const count = await red(await page.locator(other).first().screenshot());
    if (count > 0) complaints.push(`${what}: ${count} of her pixels on ${other}`);
  }
};

for (const [number, host] of hosts.entries()) {
  const visit = (path) => page.goto(host + path);
  await visit("/forum/tags/");
  const tag = await page.locator("ul.tags a").first().getAttribute("href");
  const paths = ["", "general/", "general/a/", "general/b/", "members/", "members/eve/", "tags/", "stats/"];
  for (const path of [...paths.map((path) => "/forum/" + path), tag]) {
    await visit(path);
    const [wide, inner] = await page.evaluate(() => [document.scrollingElement.scrollWidth, innerWidth]);
    if (wide > inner) complaints.push(`words ${number}: ${path} is ${wide} pixels wide, of ${inner}`);
  }
  await visit("/forum/general/a/");
  await apart(`words ${number}, post`, "#post-2 > .text", ["#post-1 > .text", "#post-3 > .text", "#post-3 > header"]);
  await apart(`words ${number}, name`, "#post-2 > header h2", ["#post-1 > .text", "#post-2 > header time"]);
  await visit("/forum/general/");
  const row = (name) => `.row:has(> .what > .title > a[href$="/${name}/"])`;
  await apart(`words ${number}, topic`, row("b"), [row("a"), row("c")]);
  await visit("/forum/members/");
  const person = (name) => `.people li:has(a[href$="/${name}/"])`;
  await apart(`words ${number}, member`, person("eve"), [person("ada")]);
}
await browser.close();
assert.deepEqual(complaints, []);
