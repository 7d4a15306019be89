// A browser, a forge and the address of a forum there → the links that begin a file in the forge's editor lead to a name of
// their own, with JavaScript, and to a good one without it. Ends with 1 when they don't. The forge itself is never asked.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const [browserPath, forge, address] = process.argv.slice(2);
const copies = forge === "gitlab" || forge === "long";
const complaints = [];
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });

// A page, and the addresses at the forge that were asked for from it.
const open = async (path, javaScriptEnabled) => {
  const page = await (await browser.newContext({ javaScriptEnabled })).newPage();
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => complaints.push(`${path}: ${error}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("404")) complaints.push(`${path}: ${message.text()}`);
  });
  const asked = [];
  await page.route("https://forge.example/**", (route) => {
    asked.push(new URL(route.request().url()));
    return route.fulfill({ status: 204 });
  });
  await page.goto(address + path);
  return { page, asked };
};

// What the forge reads out of an address: the file's whole path and its text.
const file = (url) => {
  const query = url.searchParams;
  const folder = forge === "forgejo" ? `${decodeURIComponent(url.pathname.split("/_new/main/")[1])}/` : "";
  return { path: folder + (query.get("filename") ?? query.get("file_name")), text: query.get("value") };
};

// Follows a link as a reader does, and gives what the forge was asked for.
const follow = async ({ page, asked }, within) => {
  const link = page.locator(`${within} a.write`).first();
  if (copies) {
    const details = page.locator(`${within} details.copied`).first();
    await details.evaluate((element) => element.open) || await details.locator("summary").click();
    assert.match(await details.locator("pre").textContent(), /^---\n[^]*author:\n[^]*---\n$/, "the text to copy");
  }
  const before = asked.length;
  await link.click();
  for (let tries = 0; asked.length === before && tries < 100; tries += 1) await page.waitForTimeout(20);
  assert.equal(asked.length, before + 1, `${within} leads to the forge`);
  const found = file(asked[before]);
  assert.equal(found.text === null, copies, "the text stands in the address, or on the page");
  return found;
};

const NAME = String.raw`\d{8}-\d{6}-[0-9a-z]{4}\.md`;
const year = new Date().getUTCFullYear();
try {
  const topic = await open("general/2020/tea/", true);
  const post = await follow(topic, "#post-1");
  assert.match(post.path, new RegExp(`^content/general/2020/tea/${NAME}$`));
  if (!copies) assert.match(post.text, /^---\nauthor:\nreply_to: "?1"?\n---\n$/);
  const again = await follow(topic, "#post-1");
  assert.notEqual(again.path, post.path, "two files have two names");
  const last = await follow(topic, ".acts");
  assert.match(last.path, new RegExp(`^content/general/2020/tea/${NAME}$`));

  const board = await open("general/", true);
  board.page.once("dialog", (dialog) => dialog.accept("  Ça va, “First Flush”? "));
  const opened = await follow(board, "main");
  assert.match(opened.path, new RegExp(`^content/general/(${year}/)?ca-va-first-flush/${NAME}$`));
  if (!copies) assert.match(opened.text, /^---\ntitle: "Ça va, “First Flush”\?"\nauthor:\n/);
  board.page.once("dialog", (dialog) => dialog.accept("茶"));
  assert.match((await follow(board, "main")).path, new RegExp(`^content/general/(${year}/)?[0-9a-z-]+/${NAME}$`));
  const before = board.asked.length;
  board.page.once("dialog", (dialog) => dialog.dismiss());
  await board.page.locator("main a.write").first().click();
  await board.page.waitForTimeout(200);
  assert.equal(board.asked.length, before, "who names no topic goes nowhere");

  const plain = await open("general/2020/tea/", false);
  assert.equal((await follow(plain, "#post-1")).path, "content/general/2020/tea/re-1.md");
  assert.equal((await follow(plain, ".acts")).path, "content/general/2020/tea/reply.md");
  const unnamed = await follow(await open("general/", false), "main");
  assert.match(unnamed.path, /^content\/general\/(\d{4}\/)?new-topic\/opening\.md$/);
  assert.deepEqual(complaints, []);
} finally {
  await browser.close();
}
