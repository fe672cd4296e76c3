// The table of backups: search, sort, pages, groups by day, selection.
import {$, badge, button, bytes, dated, guarded, h, number, prose, show, time} from "./dom.js";
import {findings, isGood, marks} from "./archives.js";
import {actions, askDelete, create, restoreButton} from "./actions.js";
import {menu} from "./menu.js";
import {restore} from "./drops.js";

const PAGE = 50;
const MONTH = new Intl.DateTimeFormat("en-GB", {month: "long", year: "numeric"});
const DAY = new Intl.DateTimeFormat("en-GB", {weekday: "long", day: "numeric", month: "long", year: "numeric"});

/** Name, class, and the value to sort by. */
const COLUMNS = [
  ["Backup", "", backup => String(backup.backup_id)],
  ["Made", "", backup => Date.parse(backup.created_at) || 0],
  ["Size", "n", backup => backup.size_bytes],
  ["Documents", "n", backup => backup.statistics?.documents],
  ["Entities", "n", backup => backup.statistics?.entities],
];

let backups = [];
let complete = true;
let loadAll = () => {};
let refresh = () => {};
const selected = new Set();
const view = {query: "", column: "Made", down: true, page: 0};

/** @param more loads the older archives, or null if all are loaded */
export function showBackups(all, more, reload) {
  backups = all;
  complete = !more;
  loadAll = more ?? (() => {});
  refresh = reload;
  const ids = new Set(all.map(backup => backup?.backup_id));
  for (const id of selected) if (!ids.has(id)) selected.delete(id);
  $("backups").removeAttribute("aria-busy");
  $("tools").hidden = !all.length;
  if (!$("tools").hasChildNodes()) $("tools").append(...tools());
  update();
  const good = all.find(isGood);
  show($("last"), [good?.created_at, all.length > 0], () => good ? time(good.created_at) : all.length ? "none" : "none yet");
  show($("last-detail"), [good, all.length > 0], () => good ? [link(good), ` · ${bytes(good.size_bytes)} · ${findingText(good)}`]
    : all.length ? "No archive in the list can be relied on. Create a backup." : "A backup saves all three stores in one file.");
}

const findingText = backup => findings(backup)[0]?.textContent.replace(/^.\u00a0/, "") ?? "";
const link = backup => h("a", {href: `#/backups/${encodeURIComponent(backup.backup_id)}`, class: "id", title: String(backup.note ?? ""), "data-key": "open" + backup.backup_id}, String(backup.backup_id));

function tools() {
  const search = h("input", {type: "search", placeholder: "Search id, note, state", "aria-label": "Search backups", oninput: () => {
    view.query = search.value.trim().toLowerCase();
    view.page = 0;
    loadAll();
    update();
  }});
  return [search, h("span", {class: "gap"}), h("span", {id: "selection"})];
}

/** Returns the archives that the user asked for, in the order the user asked for. */
function chosen() {
  const words = view.query.split(/\s+/).filter(Boolean);
  const found = words.length ? backups.filter(backup => guarded(() => {
    const text = [backup?.backup_id, backup?.note, backup?.system, backup?.workspace, backup?.status, ...marks(backup), ...findings(backup)]
      .map(part => part?.textContent ?? part ?? "").join(" ").toLowerCase();
    return words.every(word => text.includes(word));
  }, () => true)) : backups;
  if (view.column === "Made" && view.down) return found;
  const value = COLUMNS.find(([name]) => name === view.column)[2];
  const order = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  return [...found].sort((a, b) => (view.down ? -1 : 1) * order(value(Object(a)) ?? -1, value(Object(b)) ?? -1));
}

function update() {
  const found = chosen();
  view.page = Math.max(0, Math.min(view.page, Math.ceil(found.length / PAGE) - 1));
  const from = view.page * PAGE;
  const rows = found.slice(from, from + PAGE);
  show($("backups"), [rows, view, [...selected], backups.length], () => !backups.length ? nothing() : found.length ? table(rows) : h("p", {class: "empty"}, "No backup matches."));
  show($("pager"), [from, found.length, complete, backups.length], () => pager(from, rows.length, found.length));
  const some = backups.filter(backup => selected.has(backup?.backup_id));
  if ($("selection")) show($("selection"), some, () => some.length ? [
    `${some.length} selected, ${bytes(some.reduce((sum, backup) => sum + backup.size_bytes, 0))} `,
    button("Delete…", () => askDelete(some, refresh, () => selected.clear()), {"data-write": true, "data-key": "delete-selected"})] : []);
}

function pager(from, shown, total) {
  const go = pages => () => {
    view.page += pages;
    update();
    $("backups").scrollIntoView({block: "start"});
  };
  return [
    shown < total ? button("‹ Previous", go(-1), {disabled: from === 0, "data-key": "previous"}) : null,
    h("span", {class: "muted"}, total > shown ? `${number(from + 1)} to ${number(from + shown)} of ${number(total)}` : "", complete ? "" : ` Only the newest ${number(backups.length)} are loaded. `),
    shown < total ? button("Next ›", go(1), {disabled: from + shown >= total, "data-key": "next"}) : null,
    complete ? null : button("Load all", () => loadAll(), {"data-key": "all"})].filter(Boolean);
}

const nothing = () => h("div", {class: "card first"},
  h("h3", {}, "No backups yet"),
  h("p", {}, "A backup saves graph, vectors and documents together in one verified file. You can keep it anywhere and restore from it."),
  h("p", {}, button("Create the first backup", () => create(refresh), {class: "primary", "data-key": "first", "data-write": true}), " ",
    button("I have a .ngbak file", () => restore(null, refresh), {"data-key": "file", "data-write": true})));

function table(rows) {
  return h("table", {},
    h("caption", {class: "hidden"}, "Backups"),
    h("thead", {}, h("tr", {},
      h("td", {}, selectAll(rows)), COLUMNS.map(([name, style]) => header(name, style)),
      ["State", "Actions"].map(name => h("th", {scope: "col"}, name)))),
    h("tbody", {}, grouped(rows).map(row => typeof row === "string"
      ? h("tr", {class: "group"}, h("th", {colspan: "8", scope: "rowgroup"}, row))
      : guarded(() => line(row), () => broken(Object(row), "invalid entry", "The server's answer about this archive cannot be shown.")))));
}

function header(name, style) {
  const sorted = view.column === name;
  return h("th", {scope: "col", class: style || null, "aria-sort": sorted ? view.down ? "descending" : "ascending" : "none"},
    button([name, h("span", {"aria-hidden": "true"}, sorted ? view.down ? " ↓" : " ↑" : "")], () => {
      Object.assign(view, {column: name, down: sorted ? !view.down : name !== "Backup", page: 0});
      loadAll();
      update();
    }, {class: "sort", "data-key": "sort" + name}));
}

/** Adds headings: days, or months if there is hardly more than one archive a day. */
function grouped(rows) {
  if (view.column !== "Made") return rows;
  const heading = format => row => guarded(() => format.format(new Date(row.created_at)), () => "Unknown date");
  let name = heading(DAY);
  if (new Set(rows.map(name)).size > rows.length / 2) name = heading(MONTH);
  let last;
  return rows.flatMap(row => name(row) === last ? [row] : [last = name(row), row]);
}

function toggle(id, on) {
  if (on) selected.add(id);
  else selected.delete(id);
}

const box = (label, key, checked, onchange) => h("label", {class: "tick"}, h("input", {type: "checkbox", "aria-label": label, "data-key": key, checked, onchange}));

const selectAll = rows => box("Select all on this page", "select-all", rows.every(row => selected.has(row?.backup_id)), event => {
  for (const row of rows) if (typeof row?.backup_id === "string") toggle(row.backup_id, event.target.checked);
  update();
});

function line(backup) {
  const id = backup.backup_id;
  if (typeof id !== "string") throw new TypeError("an archive without an id");
  if (backup.status === "unreadable") return broken(backup, "unreadable", prose(backup.error), more(backup));
  const found = findings(backup);
  const problem = backup.verified?.ok === false ? h("tr", {class: "problem"}, h("td", {}), h("td", {colspan: "7"}, prose(backup.verified.problem))) : null;
  return [h("tr", {},
    h("td", {}, box(`Select ${id}`, "select" + id, selected.has(id), event => {
      toggle(id, event.target.checked);
      update();
    })),
    name(backup), h("td", {"data-label": "Made"}, dated(backup.created_at)),
    h("td", {class: "n", "data-label": "Size"}, bytes(backup.size_bytes)),
    COLUMNS.slice(3).map(([column, style, value]) => h("td", {class: style, "data-label": column}, number(value(backup)))),
    h("td", {class: "state", "data-label": "State"}, found[0]),
    h("td", {class: "do"}, restoreButton(backup, refresh), more(backup))), problem];
}

const more = backup => menu(`More for ${backup.backup_id}`, "more" + backup.backup_id,
  () => [["Details", `#/backups/${encodeURIComponent(backup.backup_id)}`], ...actions(backup, refresh)]);

const name = backup => h("th", {scope: "row", class: "name"}, typeof backup.backup_id === "string" ? link(backup) : "unknown id",
  marks(backup).map(mark => [" ", mark]), backup.note ? h("span", {class: "note"}, String(backup.note)) : null);

/** Returns the row of an archive that cannot be shown. */
const broken = (backup, word, problem, action) => h("tr", {class: "broken"},
  h("td", {}), name(backup), h("td", {"data-label": "Made"}, dated(backup.created_at)), h("td", {class: "n", "data-label": "Size"}, bytes(backup.size_bytes)),
  h("td", {colspan: "3"}, badge("bad", word), " ", problem), h("td", {class: "do"}, action));
