// What a user can do with archives.
import {attempt, badge, button, bytes, dialog, exact, h, prose, time, toast} from "./dom.js";
import {href, post, put, remove} from "./api.js";
import {isLocked, path} from "./archives.js";
import {restore} from "./drops.js";

const write = {"data-write": true};

/** Calls the server, reports a failure, and shows the new state. */
export async function start(call, reload) {
  try {
    await call();
  } catch (error) {
    toast([error.message, error.remedy].filter(Boolean).map(prose).join(" "), "bad");
  }
  await reload();
}

export const restoreButton = (backup, reload) => button("Restore…", () => restore(backup, reload),
  {...write, "data-key": "Restore" + backup.backup_id, "aria-label": `Restore ${backup.backup_id}`});

/** Returns the actions of an archive besides the restore, as menu items. */
export function actions(backup, reload) {
  const id = backup.backup_id;
  const job = what => () => start(() => post(`${path(id)}/${what}`), reload);
  const mark = (what, on) => () => start(() => (on ? put : remove)(`${path(id)}/${what}`), reload);
  const readable = backup.status !== "unreadable";
  return [
    readable && ["Download", href(path(id) + "/download"), {download: id + ".ngbak"}],
    readable && ["Verify", job("verify"), write],
    readable && ["Check references", job("check"), write],
    readable && ["Restore drill", job("drill"), write],
    backup.pinned ? ["Unpin", mark("pin", false), write] : ["Pin", mark("pin", true), write],
    backup.acknowledged && ["Withdraw the acknowledgement", mark("acknowledgement", false), write],
    ["Delete…", () => askDelete([backup], reload), {...write, class: "bad"}],
  ];
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

const SHOWN = 8;

/** Asks whether to delete archives, and deletes them one after the other. Stops at the first failure. */
export function askDelete(backups, reload, after) {
  const many = backups.length > 1;
  const free = backups.filter(backup => !backup.pinned);
  const go = button("Delete permanently", () => attempt(go, async () => {
    let done = 0;
    try {
      for (const backup of free) {
        await remove(path(backup.backup_id));
        done++;
      }
      box.close();
    } finally {
      if (done) toast(done === 1 ? `Deleted ${free[0].backup_id}.` : `Deleted ${done} backups.`);
      if (done === free.length) after?.();
      reload();
    }
  }), {class: "danger", disabled: !free.length});
  const line = backup => [h("strong", {}, backup.backup_id), `, ${bytes(backup.size_bytes)}, made `, time(backup.created_at), backup.note ? `: ${backup.note}` : "",
    backup.pinned ? [" ", badge("warn", "pinned, stays")] : null];
  const locked = backups.filter(isLocked);
  const box = dialog(many ? `Delete ${free.length} backups?` : "Delete this backup?",
    many ? h("ul", {}, backups.slice(0, SHOWN).map(backup => h("li", {}, line(backup))), backups.length > SHOWN ? h("li", {}, `and ${backups.length - SHOWN} more`) : null) : h("p", {}, line(backups[0])),
    locked.map(backup => h("p", {}, many ? `${backup.backup_id}: it` : "It", ` is locked until ${exact(backup.locked_until)}. Until then, the repository refuses to delete it.`)),
    many ? h("p", {}, `This frees ${bytes(free.reduce((sum, backup) => sum + backup.size_bytes, 0))}.`) : null,
    h("p", {}, free.length ? "This cannot be undone." : "Unpin it first."),
    h("div", {class: "actions"}, button("Cancel", () => box.close()), go));
}
