// Leads from an address where something stood before to where it stands now. Pages at old addresses say where; for all
// others the answer stands in a table that is cut into parts by a hash of the address, of which one or two are fetched. A
// page that is itself at its address (`own`) is left only for what a query or a place on it names.
(() => {
  "use strict";
  const { to, own, table, parts } = document.currentScript.dataset;

  // The one form of each part of an address: the same bytes, percent-encoded in one way.
  const bytes = (text) => [...text.matchAll(/%([0-9a-f]{2})|[^]/gi)].map(([one, hex]) => (hex ? parseInt(hex, 16) : one.charCodeAt(0)));
  const sign = (byte) => {
    const text = String.fromCharCode(byte);
    return /[\w.~/:@!$&()*+,;=-]/.test(text) && byte < 128 ? text : "%" + byte.toString(16).toUpperCase().padStart(2, "0");
  };
  const normal = (text) => bytes(text).map(sign).join("");

  const here = new URL(location.href);
  const path = normal(here.pathname.replace(/\/{2,}/g, "/").replace(/\/+$/, "")) || "/";
  const fields = here.search.slice(1).split(/[&;]/).filter(Boolean).map(normal).sort();
  const place = here.hash.length > 1 ? "#" + normal(here.hash.slice(1)) : "";

  // From the most exact to the least: old links carry fields that say nothing of where they lead, and some tell in a field
  // from which post on a page shows its topic (`topic=12.15`).
  const starts = fields.map((field) => field.replace(/^(\w+=\d+)\.\w+$/, "$1"));
  const queries = [...new Set([fields.join("&"), ...fields, ...starts, ""])].map((query) => path + (query && "?" + query));
  const asked = own ? queries.filter((asked) => asked !== path) : queries;
  const wanted = [...(place ? queries.map((asked) => asked + place) : []), ...(to ? [] : asked)];
  // What has a number is found by it under whatever title, and a post's number may stand behind that of its topic.
  if (!to && !own && /\/\d+\/[^/]+$|\/\d+$/.test(path)) wanted.push(path.replace(/\/[^/]+$/, ""));

  const hash = (text) => {
    let hash = 0x811c9dc5;
    for (const sign of text) hash = Math.imul(hash ^ sign.charCodeAt(0), 0x01000193);
    return hash >>> 0;
  };
  const fetched = new Map();
  const part = (number) => {
    const name = number.toString(16).padStart(4, "0");
    if (!fetched.has(name)) fetched.set(name, fetch(table + name + ".json").then((got) => (got.ok ? got.json() : {})));
    return fetched.get(name);
  };

  const find = async () => {
    if (!table) return to;
    for (const asked of wanted) {
      const rows = await part(hash(asked) & (parts - 1)).catch(() => ({}));
      if (Object.hasOwn(rows, asked)) return rows[asked];
    }
    if (to || own) return to;
    // The same of what stands above by a page of its own.
    const above = here.pathname.replace(/(\/\d+)\/[^/]+\/?$|\/\d+\/?$/, "$1/");
    return above !== here.pathname && (await fetch(above, { method: "HEAD" })).ok ? above : null;
  };
  find().then((found) => found && location.replace(found));
})();
