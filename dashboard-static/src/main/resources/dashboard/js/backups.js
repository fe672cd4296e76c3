import {$, badge, bytes, dialog, failure, h, number, show, time, toast} from "./dom.js";
import {href, post, remove} from "./api.js";
import {restore} from "./restore.js";

const COLUMNS = ["documents", "chunks", "entities", "relationships", "communities"];
const GRADES = {
  fenced: ["ok", "fenced", "Writers were held, and nothing changed."],
  quiescent: ["ok", "quiescent", "Nothing changed in any store between the first byte and the last."],
  fuzzy: ["warn", "fuzzy", "Something was written during the backup, or a store cannot tell: its parts may be of slightly different moments."],
};
const path = id => `backup/${encodeURIComponent(id)}`;

export const isSafety = backup => backup.backup_id.startsWith("pre-restore_");

export function showBackups(backups, reload) {
  const place = $("backups");
  place.removeAttribute("aria-busy");
  show(place, backups, all => all.length ? table(all, reload) : nothing(reload));
  const good = backups.find(backup => backup.status !== "unreadable" && !isSafety(backup));
  show($("last"), good?.created_at ?? null, at => at ? time(at) : "none yet");
  show($("last-detail"), good ?? null, backup => backup ? [`${backup.backup_id} · ${bytes(backup.size_bytes)} `, grade(backup)] : "A backup saves all three stores in one file.");
}

const nothing = reload => h("div", {class: "card first"},
  h("h3", {}, "No backups yet"),
  h("p", {}, "A backup saves graph, vectors and documents together in one verified file, which you can keep anywhere and restore from."),
  h("p", {}, h("button", {type: "button", class: "primary", "data-key": "first", onclick: () => create(reload)}, "Create the first backup"), " ",
    h("button", {type: "button", "data-key": "file", onclick: () => restore(null, reload)}, "I have a .ngbak file")));

function grade(backup) {
  const [kind, word, meaning] = GRADES[backup.consistency?.grade] ?? ["idle", "unknown", ""];
  return badge(kind, word, meaning);
}

function table(backups, reload) {
  return h("table", {},
    h("caption", {class: "hidden"}, "Backups, newest first"),
    h("thead", {}, h("tr", {}, ["Made", "Backup", "Size", "Documents", "Chunks", "Entities", "Relationships", "Communities", "Consistency", "Actions"]
      .map((name, i) => h("th", {scope: "col", class: i > 1 && i < 8 ? "n" : null}, name)))),
    h("tbody", {}, backups.map(backup => row(backup, reload))));
}

function row(backup, reload) {
  const id = backup.backup_id;
  const name = h("th", {scope: "row", "data-label": "Backup"}, h("span", {class: "id"}, id), isSafety(backup) ? " " : null, isSafety(backup) ? badge("back", "safety copy", "What was there before a restore.") : null,
    backup.note ? h("span", {class: "note"}, backup.note) : null);
  if (backup.status === "unreadable") {
    return h("tr", {class: "broken"}, h("td", {"data-label": "Made"}, time(backup.created_at)), name, h("td", {class: "n", "data-label": "Size"}, bytes(backup.size_bytes)),
      h("td", {colspan: "6", "data-label": "State"}, badge("bad", "unreadable"), " ", backup.error ?? ""),
      h("td", {}, h("div", {class: "do"}, button("Delete…", "delete" + id, () => askDelete(backup, reload), `Delete ${id}`))));
  }
  return h("tr", {},
    h("td", {"data-label": "Made"}, time(backup.created_at)), name,
    h("td", {class: "n", "data-label": "Size"}, bytes(backup.size_bytes)),
    COLUMNS.map(column => h("td", {class: "n", "data-label": column}, number(backup.statistics?.[column] ?? 0))),
    h("td", {"data-label": "Consistency"}, grade(backup)),
    h("td", {}, h("div", {class: "do"},
      button("Restore…", "restore" + id, () => restore(backup, reload), `Restore ${id}`),
      h("a", {class: "button", href: href(path(id) + "/download"), download: id + ".ngbak", "data-key": "download" + id, "aria-label": `Download ${id}`}, "Download"),
      button("Verify", "verify" + id, () => start(() => post(path(id) + "/verify"), reload), `Verify ${id}`),
      button("Delete…", "delete" + id, () => askDelete(backup, reload), `Delete ${id}`))));
}

const button = (text, key, onclick, label) => h("button", {type: "button", "data-key": key, "aria-label": label, onclick}, text);

async function start(call, reload) {
  try {
    await call();
  } catch (error) {
    toast([error.message, error.remedy].filter(Boolean).join(" "), "bad");
  }
  await reload();
}

/** Asks for a note, and makes a backup. */
export function create(reload) {
  const note = h("input", {name: "note", maxlength: "500", autocomplete: "off", placeholder: "before re-index"});
  const id = h("input", {name: "id", maxlength: "128", autocomplete: "off", spellcheck: "false", pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", placeholder: "snapshot_ and the time"});
  const trouble = h("div", {});
  const go = h("button", {class: "primary"}, "Create backup");
  const form = h("form", {},
    h("label", {}, "Note", note), h("p", {class: "muted"}, "For whoever restores it one day."),
    h("label", {}, "Id, if not the default one", id), trouble,
    h("div", {class: "actions"}, h("button", {type: "button", onclick: () => box.close()}, "Not now"), go));
  const box = dialog("Create a backup", form);
  form.addEventListener("submit", async event => {
    event.preventDefault();
    go.disabled = true;
    try {
      await post("backup", {note: note.value || null, backup_id: id.value || null});
      box.close();
      await reload();
    } catch (error) {
      trouble.replaceChildren(failure(error));
      go.disabled = false;
    }
  });
  note.focus();
}

function askDelete(backup, reload) {
  const trouble = h("div", {});
  const go = h("button", {type: "button", class: "danger"}, "Delete for good");
  const box = dialog("Delete this backup?",
    h("p", {}, h("strong", {}, backup.backup_id), `, ${bytes(backup.size_bytes)}, made `, time(backup.created_at), backup.note ? `: ${backup.note}` : ""),
    h("p", {}, "The file is deleted from the server's disk. There is no way to get it back."), trouble,
    h("div", {class: "actions"}, h("button", {type: "button", onclick: () => box.close()}, "Keep it"), go));
  go.addEventListener("click", async () => {
    go.disabled = true;
    try {
      await remove(path(backup.backup_id));
      box.close();
      toast(`Deleted ${backup.backup_id}.`);
      await reload();
    } catch (error) {
      trouble.replaceChildren(failure(error));
      go.disabled = false;
    }
  });
}
