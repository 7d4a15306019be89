// Makes recent times relative and copies permalinks. Every page is whole without it.
(() => {
  "use strict";
  const steps = [[60, "second"], [60, "minute"], [24, "hour"], [7, "day"]];
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });

  const relative = (date) => {
    let amount = (date - Date.now()) / 1000;
    if (amount > 0) return null;
    for (const [size, unit] of steps) {
      if (Math.abs(amount) < size) return words.format(Math.round(amount), unit);
      amount /= size;
    }
    return null;
  };

  const spoken = [];
  for (const time of document.querySelectorAll("time[datetime]")) {
    const text = relative(new Date(time.dateTime));
    if (text === null) continue;
    spoken.push([time, time.textContent, text]);
    time.title = time.textContent;
    time.textContent = text;
  }
  // Paper outlives "yesterday".
  addEventListener("beforeprint", () => spoken.forEach(([time, whole]) => (time.textContent = whole)));
  addEventListener("afterprint", () => spoken.forEach(([time, , text]) => (time.textContent = text)));

  if (navigator.clipboard) {
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a.permalink");
      if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
      navigator.clipboard.writeText(link.href).then(() => {
        link.classList.add("copied");
        setTimeout(() => link.classList.remove("copied"), 1500);
      }, () => {});
    });
  }
})();
