// A browser, the address of a served forum and its folder → the browser shows each change by itself. Ends with 1 when it
// doesn't. Nothing here reloads a page.
import { mkdirSync, writeFileSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";

const [browserPath, address, folder] = process.argv.slice(2);
const write = (path, text) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

const complaints = [];
const browser = await chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
try {
  const open = async (path) => {
    const page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    page.on("pageerror", (error) => complaints.push(`${path}: ${error}`));
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().includes("404")) complaints.push(`${path}: ${message.text()}`);
    });
    await page.goto(address + path);
    // A page that reloads forgets this.
    await page.evaluate(() => { window.kept = true; });
    return page;
  };
  const see = async (page, what, locator) => {
    const began = performance.now();
    await page.locator(locator).first().waitFor({ state: "visible" });
    console.log(`${what}: seen after ${Math.round(performance.now() - began)} ms`);
  };
  const gone = (page, locator) => page.locator(locator).first().waitFor({ state: "hidden" });

  const topic = await open("/forum/general/tea/");
  const other = await open("/forum/general/kettles/");

  write("content/general/tea/2.md", "---\nauthor: ada\ndate: 2026-01-02T10:00:00Z\n---\nOolong, from a browser's view.\n");
  await see(topic, "a saved post", "text=Oolong, from a browser's view.");
  await see(topic, "the mark of a draft", "#post-2 .boards-draft");
  if (await other.evaluate(() => window.kept) !== true) throw new Error("a page that shows nothing of it was reloaded");

  const theme = "format: 1\nname: Own\nparent: plain\n";
  write("themes/own/theme.yml", theme);
  write("content/forum.yml", "format: 1\ntitle: Tea\nbase_url: https://tea.example/forum/\ntheme: own\n");
  write("themes/own/templates/topic.html", "{{ topic.nothing }}");
  await see(topic, "a broken theme", "#boards-serve .panel.heavy >> text=theme-variable");
  await see(topic, "the site as it was", "text=Oolong, from a browser's view.");
  await topic.keyboard.press("Escape");
  await gone(topic, "#boards-serve .panel.heavy");
  await see(other, "it on every page", "#boards-serve .panel.heavy");

  write("themes/own/templates/topic.html",
    "<html><head></head><body><h1>Mended</h1>{% for post in posts %}<div id=\"{{ post.id }}\">{{ post.body | safe }}</div>{% endfor %}</body></html>");
  await see(topic, "the mended theme", "h1 >> text=Mended");
  await gone(other, "#boards-serve .panel.heavy");
  await see(other, "it on the other page", "h1 >> text=Mended");

  write("content/general/tea/3.md", "---\nauthor: ada\ndate: 2026-01-02T10:01:00Z\n---\n[Away](nowhere.md).\n");
  await see(topic, "a warning", "#boards-serve summary");
  await see(topic, "the post that it is about", "text=Away");

  const nowhere = await open("/forum/general/teh/");
  await see(nowhere, "what is near", "#boards-serve a[href='/forum/general/tea/']");
  write("content/general/teh/1.md", "---\ntitle: Teh\nauthor: ada\ndate: 2026-01-02T10:02:00Z\n---\nTarik.\n");
  await see(nowhere, "a page that came to be", "text=Tarik.");
  unlinkSync(join(folder, "content/general/teh/1.md"));
  await see(nowhere, "a page that is gone", "text=There is nothing here");
  if (complaints.length) throw new Error(complaints.join("\n"));
} finally {
  await browser.close();
}
