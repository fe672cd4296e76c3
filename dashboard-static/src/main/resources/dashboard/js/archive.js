// The page of one archive.
import {$, announce, badge, button, bytes, dated, dialog, duration, failure, h, number, scrolling, show, time} from "./dom.js";
import {get} from "./api.js";
import {actions, restoreButton} from "./actions.js";
import {capture, findings, marks, path} from "./archives.js";
import {entry} from "./jobs.js";
import {ROLES, scope} from "./stores.js";

let opened = null;
let manifest = null;
let trouble = null;

/** Opens the page of an archive, or closes it. @param id the archive, or null */
export async function open(id, redraw) {
  opened = id;
  manifest = trouble = null;
  if (!id) return;
  redraw();
  try {
    const read = await get(path(id));
    if (opened === id) manifest = read;
  } catch (error) {
    if (opened === id) trouble = error;
  }
  redraw();
  announce(`Archive ${id}`);
}

export const openedId = () => opened;

/** @param listed the archive as the list has it, or undefined; @param jobs all jobs */
export function showArchive(listed, jobs, reload) {
  const own = jobs.filter(job => job?.metadata?.backup_id === opened || job?.metadata?.safety_backup_id === opened);
  show($("archive"), [opened, listed, manifest, trouble?.message, own], () => page(listed, own, reload));
}

function page(listed, jobs, reload) {
  const backup = {backup_id: opened, ...manifest, ...listed};
  const buttons = actions(backup, reload).filter(Boolean).map(([text, act, attributes]) => typeof act === "string"
    ? h("a", {class: "button", href: act, ...attributes}, text)
    : button(text, act, {...attributes, "data-key": text}));
  return [
    h("p", {}, h("a", {href: "#/"}, "‹ All backups")),
    h("h2", {class: "title", tabindex: "-1"}, opened),
    h("p", {}, marks(backup).map(mark => [mark, " "]), listed || manifest ? findings(backup).map(found => [found, " "]) : null),
    backup.note ? h("p", {class: "quote"}, String(backup.note)) : null,
    trouble ? failure(trouble) : null,
    backup.verified?.ok === false ? failure({message: backup.verified.problem ?? "The verification failed."}) : null,
    listed ? h("div", {class: "actions left"}, listed.status === "unreadable" ? null : restoreButton(backup, reload), buttons) : null,
    listed || !manifest ? null : h("p", {class: "hint"}, "This archive is not in the list: it was deleted."),
    manifest ? [facts(backup), h("h3", {}, "Stores"), stores(manifest), h("h3", {}, "Counts"), counts(manifest.statistics), ...checks(manifest.check), h("h3", {}, "Files"), files(manifest.files)]
      : trouble ? null : h("p", {class: "muted"}, "Reading the manifest…"),
    h("h3", {}, "What happened to this archive"), history(backup, jobs),
  ].flat().filter(Boolean);
}

function facts(backup) {
  const {word, meaning} = capture(backup);
  return h("dl", {class: "card facts"}, [
    ["Made", dated(backup.created_at)], ["Size", bytes(backup.size_bytes)],
    ["System", [backup.system ?? "unknown", backup.workspace ? `, workspace ${backup.workspace}` : ""]],
    ["Capture", [h("strong", {}, word), h("span", {class: "muted"}, ` ${meaning.replace(/^Capture: \w+\.\s?/, "")}`)]],
    ["Took", Number.isFinite(backup.duration_ms) ? duration(backup.duration_ms / 1000) : "unknown"],
    ["Made by", backup.created_by], ["Checksum", h("code", {}, String(backup.checksum ?? "unknown"))],
  ].map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

const grid = (caption, columns, rows) => scrolling(caption, "scroll", h("table", {class: "sheet"},
  h("caption", {class: "hidden"}, caption),
  h("thead", {}, h("tr", {}, columns.map(([name, style]) => h("th", {scope: "col", class: style}, name)))),
  h("tbody", {}, rows.map(cells => h("tr", {}, cells.map((cell, i) => h(i ? "td" : "th", {scope: i ? null : "row", class: columns[i][1]}, cell)))))));

const short = digest => typeof digest === "string" ? h("code", {title: digest}, `${digest.replace(/^sha256:/, "").slice(0, 12)}…`) : "none";

const stores = ({stores: all, consistency}) => grid("Stores", [["Store"], ["Product"], ["Form"], ["Records", "n"], ["Content digest"], ["During the backup"], ["Scope"]],
  Object.entries(all ?? {}).map(([role, store]) => [ROLES[role] ?? role, `${store.product} ${store.version === "unknown" ? "" : store.version}`, String(store.form),
    number(store.records), short(store.content_digest), String(consistency?.stores?.[role] ?? "unknown"), scope(store.scope)]));

const counts = statistics => h("dl", {class: "trends"}, Object.entries(statistics ?? {}).map(([name, count]) => h("div", {}, h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, h("strong", {}, number(count))))));

const files = all => grid("Files", [["File"], ["Size", "n"], ["SHA-256"]], (all ?? []).map(file => [String(file.path), bytes(file.size), short(file.sha256)]));

/** The reference check that ran during the backup. */
function checks(check) {
  if (!check) return [];
  const broken = Object.entries(check.rules ?? {}).filter(rule => rule[1] > 0).map(([rule, times]) => `${rule} (${number(times)})`);
  return [h("h3", {}, "Reference check during the backup"),
    h("p", {}, badge(check.errors ? "bad" : "ok", `${number(check.errors)} errors`), " ", badge(check.warnings ? "warn" : "ok", `${number(check.warnings)} warnings`), broken.length ? ` Broken rules: ${broken.join(", ")}` : null)];
}

function history(backup, jobs) {
  const drills = Array.isArray(backup.drills) ? backup.drills : backup.drill ? [backup.drill] : [];
  return h("ul", {class: "history"},
    drills.map((drill, i) => h("li", {class: "odd"}, badge(drill.passed ? "ok" : "bad", drill.passed ? "restore drill passed" : "restore drill failed"), " ", time(drill.at), " ",
      i ? null : button("Show the evidence", () => evidence(backup.backup_id), {"data-key": "evidence"}))),
    backup.verified ? h("li", {class: "odd"}, badge(backup.verified.ok ? "ok" : "bad", backup.verified.ok ? "verified" : "verification failed"), " ", time(backup.verified.at)) : null,
    jobs.map(job => h("li", {}, entry(job))),
    drills.length || backup.verified || jobs.length ? null : h("li", {class: "odd muted"}, "Nothing is recorded."));
}

/** Shows the evidence of the newest drill, as the server keeps it. */
async function evidence(id) {
  const text = h("pre", {}, "…");
  const box = dialog(`Evidence of the last drill of ${id}`, scrolling("Evidence", "scroll", text));
  box.classList.add("wide");
  try {
    text.textContent = JSON.stringify(await get(`${path(id)}/drill`), null, 2);
  } catch (error) {
    text.replaceWith(failure(error));
  }
}
