// Small helpers: elements without markup in strings, and numbers and times as people read them.

/** Makes an element. Text from archives only ever becomes text nodes. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

export const $ = id => document.getElementById(id);

/** Fills a place anew only when what it shows has changed, so that focus and open details stay. */
export function show(place, data, build) {
  const key = JSON.stringify(data);
  if (place.shown === key) return;
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const open = new Set([...place.querySelectorAll("details[open]")].map(details => details.dataset.key));
  place.shown = key;
  place.replaceChildren(...[build(data)].flat());
  for (const details of place.querySelectorAll("details")) details.open = open.has(details.dataset.key);
  if (focused) place.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function bytes(amount) {
  let unit = 0;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${UNITS[unit]}`;
}

export const number = amount => amount.toLocaleString("en");
export const signed = amount => (amount > 0 ? "+" : amount < 0 ? "−" : "±") + number(Math.abs(amount));
export const amount = (value, unit) => unit === "bytes" ? bytes(value) : `${number(Math.round(value))} ${unit}`.trim();

export function duration(seconds) {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Rounded as far as a guess deserves. */
export function about(seconds) {
  if (seconds < 10) return "a few seconds";
  if (seconds < 55) return `about ${Math.ceil(seconds / 10) * 10} s`;
  if (seconds < 3600) return `about ${Math.ceil(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}

function ago(at) {
  const seconds = Math.max(0, (Date.now() - Date.parse(at)) / 1000);
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.round(seconds / 3600)} h ago`;
  const days = Math.round(seconds / 86400);
  return days === 1 ? "yesterday" : `${days} days ago`;
}

const EXACT = new Intl.DateTimeFormat("en-GB", {dateStyle: "medium", timeStyle: "long"});
const exact = at => EXACT.format(new Date(at));

/** A point in time: how long ago, and exactly for whoever points at it. */
export function time(at) {
  return at ? h("time", {datetime: at, title: exact(at)}, ago(at)) : "—";
}

export function refreshTimes() {
  for (const element of document.querySelectorAll("time[datetime]")) element.textContent = ago(element.dateTime);
}

const GLYPHS = {ok: "✓", warn: "!", bad: "✕", run: "◔", idle: "◌", back: "↩"};

/** A word with a shape and a colour; the word comes first in meaning. */
export const badge = (kind, text, title) =>
  h("span", {class: `badge ${kind}`, title}, h("span", {"aria-hidden": "true"}, GLYPHS[kind]), " ", text);

/** Says something once to those who listen instead of look. */
export function announce(text) {
  $("live").textContent = text;
}

export function toast(text, kind = "ok") {
  const close = () => note.remove();
  const note = h("div", {class: `toast ${kind}`}, h("p", {}, text),
    h("button", {type: "button", class: "quiet", "aria-label": "Dismiss", onclick: close}, "✕"));
  $("toasts").append(note);
  if (kind === "ok") setTimeout(close, 8000); // an error stays until it was read
}

/** A failure as a block: what happened, and what to do. */
export const failure = error => h("div", {class: "failure", role: "alert"},
  h("p", {}, h("strong", {}, error.message)), error.remedy ? h("p", {}, error.remedy) : null);

let dialogs = 0;

/** A modal dialog that is gone once it is closed; focus goes back by itself. */
export function dialog(title, ...content) {
  const id = `dialog-${++dialogs}`;
  const close = h("button", {type: "button", class: "quiet", "aria-label": "Close", onclick: () => box.close()}, "✕");
  const box = h("dialog", {"aria-labelledby": id}, h("div", {class: "dialog-head"}, h("h2", {id}, title), close), ...content);
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}
