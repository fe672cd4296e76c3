// Helpers that create elements, and format numbers and times.

/** Creates an element. Text from archives becomes text nodes only. */
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  set(element, attributes);
  if (busy && element.matches("[data-write]")) disable(element);
  element.append(...children.flat(3).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** Creates an element of a drawing. */
export function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
}

let busy = null;

function disable(element) {
  element.disabled = true;
  element.title = busy;
}

/** Disables everything that starts a job or changes archives. @param reason why, or null to enable it */
export function setBusy(reason) {
  if (reason === busy) return;
  busy = reason;
  for (const element of document.querySelectorAll("[data-write]")) {
    element.disabled = Boolean(reason);
    element.title = reason ?? "";
  }
}

export const $ = id => document.getElementById(id);

/** Remembers an element that may be rebuilt. The result focuses it, or the element in its place. */
function bookmark(element) {
  const section = element?.closest?.("section");
  const keyed = () => [...section?.querySelectorAll("[data-key]") ?? []];
  const index = keyed().indexOf(element);
  return () => {
    if (index < 0) return element?.focus();
    const now = keyed();
    (now.find(other => other.dataset.key === element.dataset.key) ?? now[Math.min(index, now.length - 1)] ?? $("main")).focus();
  };
}

/** Rebuilds a place when its data has changed. Keeps the focus and the open details. */
export function show(place, data, build) {
  const key = JSON.stringify(data);
  if (place.shown === key) return;
  const refocus = place.contains(document.activeElement) ? bookmark(document.activeElement) : null;
  const open = new Set([...place.querySelectorAll("details[open]")].map(details => details.dataset.key));
  place.shown = key;
  place.replaceChildren(...[build(data)].flat());
  for (const details of place.querySelectorAll("details")) details.open = open.has(details.dataset.key);
  refocus?.();
}

/** Builds one element of a list. A failure is marked, and does not hide the others. */
export function guarded(build, mark) {
  try {
    return build();
  } catch (error) {
    console.warn(error);
    return mark();
  }
}

export const button = (text, onclick, attributes) => h("button", {type: "button", onclick, ...attributes}, text);

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Formats a number that may be absent or malformed. */
const numeric = (value, format) => value === null || value === undefined ? "—" : Number.isFinite(value) ? format(value) : "invalid";

export const bytes = value => numeric(value, amount => {
  let unit = 0;
  while (amount >= 1024 && unit < UNITS.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${unit === 0 ? amount : amount.toFixed(1)} ${UNITS[unit]}`;
});

export const number = value => numeric(value, amount => amount.toLocaleString("en"));
export const signed = value => numeric(value, amount => (amount > 0 ? "+" : amount < 0 ? "−" : "") + number(Math.abs(amount)));

/** A number with its unit, which the server gives in the plural. */
export function amount(value, unit) {
  if (unit === "bytes") return bytes(value);
  const rounded = Math.round(value);
  return `${number(rounded)} ${rounded === 1 ? unit.replace(/ies$/, "y").replace(/s$/, "") : unit}`.trim();
}

export function duration(seconds) {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.floor(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Rounds an estimate to its accuracy. */
export function about(seconds) {
  if (seconds < 10) return "a few seconds";
  if (seconds < 55) return `about ${Math.ceil(seconds / 10) * 10} s`;
  if (seconds < 3600) return `about ${Math.ceil(seconds / 60)} min`;
  return `about ${(seconds / 3600).toFixed(1)} h`;
}

const SHORT = new Intl.DateTimeFormat("en-GB", {day: "numeric", month: "short", hour: "2-digit", minute: "2-digit"});
const EXACT = new Intl.DateTimeFormat("en-GB", {dateStyle: "medium", timeStyle: "long"});
const DAY = 86400;
const age = at => (Date.now() - Date.parse(at)) / 1000;

/** Returns whether a time is valid and past. Clocks may differ by a day. */
export const isPast = at => age(at) > -DAY;

function ago(at) {
  const seconds = age(at);
  if (seconds < -DAY) return "in the future";
  if (seconds < 45) return "just now";
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / DAY);
  return days === 1 ? "1 day ago" : `${days} days ago`;
}

export const exact = at => Number.isNaN(Date.parse(at)) ? "an unknown time" : EXACT.format(new Date(at));

export function time(at) {
  if (at === null || at === undefined) return "—";
  if (Number.isNaN(Date.parse(at))) return h("span", {title: String(at)}, "invalid date");
  return h("time", {datetime: at, title: exact(at)}, ago(at));
}

export const dated = at => Number.isNaN(Date.parse(at)) || at === null || at === undefined ? time(at)
  : [h("span", {class: "date"}, SHORT.format(new Date(at))), " ", time(at)];

export function refreshTimes() {
  for (const element of document.querySelectorAll("time[datetime]")) element.textContent = ago(element.dateTime);
}

const INSTANT = /\b\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z/g;

/** A message of the server, with readable times. */
export const prose = text => String(text ?? "").replace(INSTANT, exact);

const GLYPHS = {ok: "✓", warn: "!", bad: "✕", run: "◔", idle: "◌", back: "↩"};

/** A word with a shape and a colour. The word carries the meaning. */
export const badge = (kind, text, title) =>
  h("span", {class: `badge ${kind}`, title}, h("span", {"aria-hidden": "true"}, GLYPHS[kind]), "\u00a0", text);

export function announce(text) {
  $("live").textContent = text;
}

/** Shows a message in the corner. Only a success disappears by itself. */
export function toast(text, kind = "ok") {
  const close = () => note.remove();
  const note = h("div", {class: `toast ${kind}`}, h("p", {}, text),
    button("✕", close, {class: "quiet", "aria-label": "Dismiss"}));
  $("toasts").append(note);
  if (kind === "ok") setTimeout(close, 8000);
}

export const failure = error => h("div", {class: "failure", role: "alert"},
  h("p", {}, h("strong", {}, prose(error.message))), error.remedy ? h("p", {}, prose(error.remedy)) : null);

/** Runs a call with its button disabled. Shows a failure above the button. */
export async function attempt(button, call) {
  button.disabled = true;
  button.trouble?.remove();
  try {
    await call();
  } catch (error) {
    button.parentElement.before(button.trouble = failure(error));
    button.disabled = false;
  }
}

/** What the operator must do now, such as restart a program. */
export const advice = sentences => Array.isArray(sentences) && sentences.length
  ? h("div", {class: "hint"}, sentences.map(sentence => h("p", {}, badge("warn", "Do this now"), " ", prose(sentence)))) : null;

/** Makes a region that may overflow scrollable by keyboard. */
export const scrolling = (label, style, content) => h("div", {class: style, tabindex: "0", role: "region", "aria-label": label}, content);

let dialogs = 0;

/** Opens a modal dialog. Closing it returns the focus to the element that opened it. */
export function dialog(title, ...content) {
  const id = `dialog-${++dialogs}`;
  const refocus = bookmark(document.activeElement);
  const close = button("✕", () => box.close(), {class: "quiet", "aria-label": "Close"});
  const box = h("dialog", {"aria-labelledby": id}, h("div", {class: "dialog-head"}, h("h2", {id}, title), close), ...content);
  box.addEventListener("close", () => {
    box.remove();
    refocus();
  });
  document.body.append(box);
  box.showModal();
  return box;
}
