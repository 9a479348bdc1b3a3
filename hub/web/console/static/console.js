// Live progress: the page works without this file; with it, numbers and bars follow the server's events.
"use strict";

(() => {
  const section = document.getElementById("progress");
  if (!section || !window.EventSource) return;
  const words = JSON.parse(section.dataset.words);
  const link = document.getElementById("link");
  const summary = document.getElementById("summary");
  const stage = document.getElementById("stage");
  const rows = document.getElementById("channels");
  const blank = document.getElementById("channel-row");
  const written = (n) => n.toLocaleString("en-US");
  const set = (node, text) => { if (node && node.textContent !== text) node.textContent = text; };

  function draw(bar, parts, whole) {
    let start = 0;
    bar.querySelectorAll("rect").forEach((rect, index) => {
      const width = whole > 0 ? (1000 * Math.max(parts[index], 0)) / whole : 0;
      rect.setAttribute("x", start.toFixed(2));
      rect.setAttribute("width", width.toFixed(2));
      start += width;
    });
  }

  function rowOf(channel) {
    const found = [...rows.children].find((row) => row.dataset.channel === channel);
    if (found) return found;
    const row = blank.content.firstElementChild.cloneNode(true);
    row.dataset.channel = channel;
    row.querySelector("th span").textContent = words.channels[channel] || channel;
    rows.append(row);
    return row;
  }

  function showChannel(channel, counts) {
    const row = rowOf(channel);
    const names = ["targeted", "accepted", "delivered", "confirmed", "failed", "unknown", "waiting"];
    row.querySelectorAll("td").forEach((cell, index) => set(cell, written(counts[names[index]])));
    draw(row.querySelector(".bar"), [counts.confirmed, counts.delivered - counts.confirmed, counts.failed], counts.targeted);
  }

  // A screen reader is told at most every five seconds; the numbers in the table follow at once.
  let spoke = 0;
  let later = 0;
  function say(text) {
    clearTimeout(later);
    const wait = Math.max(0, spoke + 5000 - Date.now());
    later = setTimeout(() => { spoke = Date.now(); set(summary, text); }, wait);
  }

  function show(progress) {
    const p = progress.persons;
    say(words.summary.replace(/\{(\w+)\}/g, (_, name) => written(p[name])));
    draw(section.querySelector('[data-bar="persons"]'), [p.confirmed, p.reached - p.confirmed, p.failed], p.targeted);
    Object.entries(progress.channels).forEach(([channel, counts]) => showChannel(channel, counts));
    set(stage, words.stages[progress.stage] || progress.stage);
  }

  const source = new EventSource(section.dataset.events);
  source.addEventListener("open", () => set(link, words.live));
  source.addEventListener("error", () => set(link, words.lost));
  source.addEventListener("progress", (event) => show(JSON.parse(event.data)));
  source.addEventListener("end", () => { source.close(); set(link, words.settled); });
  window.addEventListener("pagehide", () => source.close());
})();
