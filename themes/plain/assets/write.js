// Gives each file that is begun in the forge's editor a name of its own. Without it the names are long, and still good.
(() => {
  "use strict";
  // Two people who write at once must not choose one name: the time in UTC and four signs of chance.
  const stem = () => {
    const time = new Date().toISOString().replace(/[-:]|\..*/g, "").replace("T", "-");
    const chance = [...crypto.getRandomValues(new Uint8Array(4))].map((n) => (n % 36).toString(36));
    return `${time}-${chance.join("")}`;
  };

  // A topic's folder is named after its title, as `boards new` does it.
  const whole = { ß: "ss", æ: "ae", œ: "oe", þ: "th", ø: "o", đ: "d", ð: "d", ł: "l", ı: "i" };
  const folder = (title) => title.normalize("NFKD").toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .replace(/[ßæœþøđðłı]/g, (letter) => whole[letter]).replace(/[^a-z0-9-]/g, "").replace(/-+/g, "-").slice(0, 60).replace(/^-|-$/g, "");

  // The address of a new topic's file, with its title in the text, and on this year's shelf where there are shelves.
  const titled = (address, title) => address
    .replace(/\/\d{4}(?=(\/|\?filename=)new-topic\/)/, `/${new Date().getUTCFullYear()}`)
    .replace(/([/=])new-topic\//, (_, before) => `${before}${folder(title) || stem()}/`)
    .replace("title:%0A", `title:%20${encodeURIComponent(JSON.stringify(title.trim()))}%0A`);

  const name = (event) => {
    const link = event.target.closest("a.write");
    if (!link) return;
    const begun = (link.dataset.begun ??= link.getAttribute("href"));
    let address = begun.replace(/[^/=]+\.md(?=&|$)/, `${stem()}.md`);
    if (address.includes("new-topic/") && event.type === "click") {
      const title = prompt("The topic’s title");
      if (title === null) return event.preventDefault();
      address = titled(address, title);
    }
    link.href = address;
    const text = link.closest("details.copied")?.querySelector("pre").textContent;
    if (text) navigator.clipboard?.writeText(text).catch(() => {});
  };
  for (const kind of ["click", "auxclick", "contextmenu"]) document.addEventListener(kind, name);
})();
