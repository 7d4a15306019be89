// Keeps a page as the forum is: reloads it when it has changed, shows what is wrong with the forum, marks the posts that
// aren't committed. All it shows is set as text.
(() => {
  "use strict";
  const { page, key } = document.currentScript.dataset;
  const style = "/_boards/serve.css";
  const address = `/_boards/changes?page=${encodeURIComponent(page)}&key=${encodeURIComponent(key)}`;

  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };
  const sheet = () => make("link", { rel: "stylesheet", href: style });
  document.head.append(sheet());

  // In a tree of its own, so that the theme's style and this one keep out of each other's way.
  const host = make("div", { id: "boards-serve" });
  const panel = make("section", { className: "panel" });
  host.attachShadow({ mode: "open" }).append(sheet(), panel);
  document.body.append(host);
  let closed = "";
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && panel.classList.contains("heavy")) close();
  });
  const close = () => {
    closed = host.dataset.news;
    host.hidden = true;
  };

  const fault = ({ severity, place, code, message, hint }) =>
    make("li", { className: severity },
      make("p", {}, make("strong", { textContent: `${severity}[${code}]` }), `: ${message}`),
      make("p", { className: "place", textContent: place }),
      ...(hint ? [make("p", { className: "hint", textContent: hint })] : []));

  const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;

  const say = (news) => {
    const heavy = news.refused || news.failure !== null;
    const notes = [];
    if (news.faults.length) notes.push(count(news.faults.length + news.more, "fault"));
    if (news.uncommitted) notes.push(`${count(news.uncommitted, "file")} not committed`);
    const near = news.near.map((at) => make("li", {}, make("a", { href: at.split("/").map(encodeURIComponent).join("/"), textContent: at })));
    const list = make("ul", {}, ...news.faults.map(fault));
    if (news.more) list.append(make("li", { textContent: `and ${news.more} more: see \`boards check\`` }));
    panel.className = heavy ? "panel heavy" : "panel";
    panel.setAttribute("role", heavy ? "alert" : "status");
    if (heavy) {
      const title = news.failure === null ? "The forum has errors" : "The forum could not be built";
      const text = news.failure === null ? "What you see is the site as it was before." : news.failure;
      const button = make("button", { type: "button", textContent: "Close", onclick: close });
      panel.replaceChildren(make("h2", { textContent: title }), make("p", { textContent: text }), list, button);
    } else {
      const said = [];
      if (near.length) said.push(make("p", { textContent: "Did you mean:" }), make("ul", {}, ...near));
      if (news.faults.length) said.push(make("details", {}, make("summary", { textContent: notes.join(", ") }), list));
      else if (notes.length) said.push(make("p", { textContent: notes.join(", ") }));
      panel.replaceChildren(...said);
    }
    host.dataset.news = JSON.stringify([news.failure, news.faults]);
    host.hidden = !(heavy || notes.length || near.length) || (heavy && closed === host.dataset.news);
  };

  const mark = (drafts) => {
    document.querySelectorAll(".boards-draft").forEach((it) => it.remove());
    for (const stem of drafts) {
      document.getElementById(`post-${stem}`)?.prepend(
        make("p", { className: "boards-draft", textContent: "Not committed" }));
    }
  };

  let source = null;
  const open = () => {
    source = new EventSource(address);
    source.onmessage = ({ data }) => {
      const news = JSON.parse(data);
      if (news.reload) {
        source.close();
        location.reload();
        return;
      }
      say(news);
      mark(news.drafts);
    };
  };
  // A browser opens only a few connections to a server at once: a page that nobody sees gives its own back.
  const attend = () => {
    if (document.hidden) {
      source?.close();
      source = null;
    } else if (!source) open();
  };
  document.addEventListener("visibilitychange", attend);
  addEventListener("pagehide", () => { source?.close(); source = null; });
  addEventListener("pageshow", attend);
  attend();
})();
