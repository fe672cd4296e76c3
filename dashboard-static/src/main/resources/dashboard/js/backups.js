import {$, attempt, badge, button, bytes, dialog, exact, guarded, h, isPast, number, prose, show, time, toast} from "./dom.js";
import {href, post, remove} from "./api.js";
import {restore} from "./restore.js";

const COLUMNS = ["documents", "chunks", "entities", "relationships", "communities"];
const GRADES = {
  fenced: ["ok", "fenced", "Writers were held, and nothing changed during the backup."],
  quiescent: ["ok", "quiescent", "No store changed during the backup."],
  fuzzy: ["warn", "fuzzy", "A store changed during the backup, or cannot tell whether it did. The stores may be captured at slightly different moments."],
};
const path = id => `backup/${encodeURIComponent(id)}`;

const isSafety = backup => String(backup.backup_id).startsWith("pre-restore_");
const isLocked = backup => new Date(backup.locked_until) > new Date();
const isGood = backup => typeof backup?.backup_id === "string" && backup.status !== "unreadable" && !isSafety(backup)
  && backup.verified?.ok !== false && isPast(backup.created_at);

export function showBackups(backups, reload) {
  const place = $("backups");
  place.removeAttribute("aria-busy");
  show(place, backups, all => all.length ? table(all, reload) : nothing(reload));
  const good = backups.find(isGood);
  show($("last"), [good?.created_at, backups.length > 0], () => good ? time(good.created_at) : backups.length ? "none" : "none yet");
  show($("last-detail"), [good, backups.length > 0], () => good ? [`${good.backup_id} · ${bytes(good.size_bytes)} `, verification(good), " ", grade(good)]
    : backups.length ? "No archive in the list can be relied on. Create a backup." : "A backup saves all three stores in one file.");
}

const nothing = reload => h("div", {class: "card first"},
  h("h3", {}, "No backups yet"),
  h("p", {}, "A backup saves graph, vectors and documents together in one verified file. You can keep it anywhere and restore from it."),
  h("p", {}, button("Create the first backup", () => create(reload), {class: "primary", "data-key": "first"}), " ",
    button("I have a .ngbak file", () => restore(null, reload), {"data-key": "file"})));

function grade(backup) {
  const [kind, word, meaning] = GRADES[backup.consistency?.grade] ?? ["idle", "consistency unknown"];
  return badge(backup.verified?.ok === false ? "idle" : kind, word, meaning);
}

function verification(backup) {
  const verified = backup.verified;
  if (verified === null || verified === undefined) return badge("idle", "not verified", "Verify reads every byte of the archive and decodes every record.");
  if (verified.ok === true) return badge("ok", ["verified ", time(verified.at)]);
  return badge("bad", ["verification failed ", time(verified.at)]);
}

function table(backups, reload) {
  return h("table", {},
    h("caption", {class: "hidden"}, "Backups, newest first"),
    h("thead", {}, h("tr", {}, ["Made", "Backup", "Size", "Documents", "Chunks", "Entities", "Relationships", "Communities", "State", "Actions"]
      .map((name, i) => h("th", {scope: "col", class: i > 1 && i < 8 ? "n" : null}, name)))),
    h("tbody", {}, backups.map(backup => guarded(() => row(backup, reload), () => broken(Object(backup), "invalid entry", "The server's answer about this archive cannot be shown.")))));
}

function row(backup, reload) {
  const id = backup.backup_id;
  if (typeof id !== "string") throw new TypeError("an archive without an id");
  const action = (word, end, onclick) => button(word + end, onclick, {"data-key": word + id, "aria-label": `${word} ${id}`});
  const erase = action("Delete", "…", () => askDelete(backup, reload));
  if (backup.status === "unreadable") return broken(backup, "unreadable", prose(backup.error), erase);
  const problem = backup.verified?.ok === false ? h("tr", {class: "problem"}, h("td", {colspan: "10"}, prose(backup.verified.problem))) : null;
  return [h("tr", {},
    h("td", {"data-label": "Made"}, time(backup.created_at)), name(backup),
    h("td", {class: "n", "data-label": "Size"}, bytes(backup.size_bytes)),
    COLUMNS.map(column => h("td", {class: "n", "data-label": column}, number(backup.statistics?.[column]))),
    h("td", {class: "state", "data-label": "State"}, verification(backup), " ", grade(backup)),
    h("td", {}, h("div", {class: "do"},
      action("Restore", "…", () => restore(backup, reload)),
      h("a", {class: "button", href: href(path(id) + "/download"), download: id + ".ngbak", "data-key": "Download" + id, "aria-label": `Download ${id}`}, "Download"),
      action("Verify", "", () => start(() => post(path(id) + "/verify"), reload)),
      erase))), problem];
}

const name = backup => h("th", {scope: "row", "data-label": "Backup"},
  h("span", {class: "id"}, String(backup.backup_id ?? "unknown id")),
  isSafety(backup) ? [" ", badge("back", "safety archive", "The data before a restore.")] : null,
  backup.local ? [" ", badge("idle", "on the server's disk")] : null,
  isLocked(backup) ? [" ", badge("idle", "locked")] : null,
  backup.note ? h("span", {class: "note"}, String(backup.note)) : null);

/** Returns the row of an unreadable archive. */
const broken = (backup, word, problem, action) => h("tr", {class: "broken"},
  h("td", {"data-label": "Made"}, time(backup.created_at)), name(backup), h("td", {class: "n", "data-label": "Size"}, bytes(backup.size_bytes)),
  h("td", {colspan: "6", "data-label": "State"}, badge("bad", word), " ", problem),
  h("td", {}, h("div", {class: "do"}, action)));

async function start(call, reload) {
  try {
    await call();
  } catch (error) {
    toast([error.message, error.remedy].filter(Boolean).map(prose).join(" "), "bad");
  }
  await reload();
}

/** Asks for note and id, and creates a backup. */
export function create(reload) {
  const note = h("input", {name: "note", maxlength: "500", autocomplete: "off", placeholder: "before re-index"});
  const id = h("input", {name: "id", maxlength: "128", autocomplete: "off", spellcheck: "false", pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", placeholder: "snapshot_ and the time"});
  const go = h("button", {class: "primary"}, "Create backup");
  const form = h("form", {},
    h("label", {}, "Note (optional)", note), h("p", {class: "muted"}, "Helps to find the right backup later."),
    h("label", {}, "Id (optional)", id),
    h("div", {class: "actions"}, button("Cancel", () => box.close()), go));
  const box = dialog("Create a backup", form);
  form.addEventListener("submit", event => {
    event.preventDefault();
    attempt(go, async () => {
      await post("backup", {note: note.value || null, backup_id: id.value || null});
      box.close();
      reload();
    });
  });
  note.focus();
}

function askDelete(backup, reload) {
  const go = button("Delete permanently", () => attempt(go, async () => {
    await remove(path(backup.backup_id));
    box.close();
    toast(`Deleted ${backup.backup_id}.`);
    reload();
  }), {class: "danger"});
  const box = dialog("Delete this backup?",
    h("p", {}, h("strong", {}, backup.backup_id), `, ${bytes(backup.size_bytes)}, made `, time(backup.created_at), backup.note ? `: ${backup.note}` : ""),
    isLocked(backup) && h("p", {}, `It is locked until ${exact(backup.locked_until)}. Until then, the repository refuses to delete it.`),
    h("p", {}, "This cannot be undone."),
    h("div", {class: "actions"}, button("Cancel", () => box.close()), go));
}
