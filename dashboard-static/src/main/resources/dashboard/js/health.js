// The answer to "am I safe?": the status with its reasons, and the environment.
import {$, announce, attempt, button, dialog, h, prose, show} from "./dom.js";
import {put} from "./api.js";

const STATUS = {
  protected: ["ok", "✓", "Protected", "A restore would bring back recent data."],
  at_risk: ["warn", "!", "At risk"],
  broken: ["bad", "✕", "Broken"],
};
const UNKNOWN = ["idle", "?", "Unknown", "The server does not say whether the data is safe."];

/** The environment that the server names, or null. */
export let environment = null;

/** The last answer of the server, or null. It names the configured system. */
export let current = null;

/** @param health the answer of the server, or null if there is none */
export function showHealth(health, reload) {
  current = health;
  const place = $("health");
  place.removeAttribute("aria-busy");
  const [kind, glyph, word, meaning] = STATUS[health?.status] ?? UNKNOWN;
  if (place.status && place.status !== word) announce(`Status: ${word}`);
  place.status = word;
  place.className = `card health ${kind}`;
  show($("status"), word, () => [h("span", {class: "glyph", "aria-hidden": "true"}, glyph), word]);
  show($("reasons"), [health?.reasons, health?.remarks, health?.loss], () => [
    meaning ? h("p", {}, meaning) : null,
    list("reasons", health?.reasons), list("remarks", health?.remarks),
    health?.loss ? h("p", {}, button("The counts are right…", () => acknowledge(health.loss, reload), {"data-write": true, "data-key": "acknowledge"})) : null,
  ].filter(Boolean));
  showEnvironment(health?.environment);
}

const list = (style, sentences) => Array.isArray(sentences) && sentences.length
  ? h("ul", {class: style}, sentences.map(sentence => h("li", {}, prose(sentence)))) : null;

function showEnvironment(value) {
  environment = value ?? environment;
  if (!environment) return;
  const {name, colour} = environment;
  $("environment").hidden = false;
  $("environment").textContent = name;
  if (!colour) return;
  const root = document.documentElement;
  root.style.setProperty("--environment", colour);
  root.style.setProperty("--on-environment", isDark(colour) ? "#fff" : "#000");
  root.dataset.coloured = "";
}

/** Returns whether white text is easier to read on a colour than black text. */
function isDark(colour) {
  const [red, green, blue] = [1, 3, 5].map(at => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179;
}

/** Asks whether counts that shrank are right. */
function acknowledge({before, now}, reload) {
  const go = button("The data is complete", () => attempt(go, async () => {
    await put(`backup/${encodeURIComponent(now)}/acknowledgement`);
    box.close();
    reload();
  }), {class: "danger"});
  const box = dialog("Are the new counts right?",
    h("p", {}, h("strong", {}, now), " has less than half of what ", h("strong", {}, before), " has."),
    h("p", {}, "If data was lost, cancel, and restore the older backup. If you confirm, old backups may be deleted again as the settings say."),
    h("div", {class: "actions"}, button("Cancel", () => box.close()), go));
}
