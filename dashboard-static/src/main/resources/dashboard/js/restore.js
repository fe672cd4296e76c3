import {advice, announce, attempt, badge, button, bytes, dialog, exact, failure, h, number, prose, scrolling, signed, time} from "./dom.js";
import {get, post, upload} from "./api.js";
import {isOpen, logOf, Panel, state} from "./jobs.js";
import {ROLES, scope} from "./stores.js";

const WORD = "replace";
const CONTENTS = {equal: ["ok", "same contents"], different: ["warn", "contents differ"], unknown: ["idle", "contents cannot be compared"]};

/** A restore in one dialog: which archive replaces which data, what would change, the confirmation, progress and result. */
export function restore(backup, reload, file) {
  const body = h("div", {class: "wizard"});
  const box = dialog(backup ? `Restore ${backup.backup_id}` : "Restore from a file", body);
  box.classList.add("wide");
  let sending = null;
  let panel = null;
  box.addEventListener("close", () => {
    sending?.cancel();
    panel?.close();
    reload();
  });

  const step = (...content) => {
    body.replaceChildren(...content.flat().filter(Boolean));
    (body.querySelector("[autofocus]") ?? body.querySelector("input, button"))?.focus();
  };
  const close = text => button(text, () => box.close());
  const actions = (...buttons) => h("div", {class: "actions"}, buttons);

  function choose(trouble) {
    const input = h("input", {type: "file", accept: ".ngbak", class: "hidden", id: "archive-file", tabindex: "-1", onchange: () => input.files[0] && send(input.files[0])});
    const zone = h("label", {class: "drop", for: "archive-file", tabindex: "0"}, h("strong", {}, "Drop a .ngbak file here or choose one"),
      h("span", {class: "muted"}, "The file is uploaded once, checked, and compared with the live data. Nothing is changed yet."));
    zone.addEventListener("keydown", event => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), input.click()));
    acceptDrops(zone, send);
    step(trouble ? failure(trouble) : null, zone, input, actions(close("Cancel")));
  }

  async function send(chosen) {
    const bar = h("progress", {max: 1, value: 0, "aria-label": "Upload"});
    const text = h("p", {class: "muted"}, "…");
    step(h("h3", {}, `Uploading ${chosen.name}`), bar, text, actions(close("Cancel")));
    sending = upload(chosen, (sent, total) => {
      bar.value = sent / total;
      text.textContent = sent < total ? `${bytes(sent)} of ${bytes(total)}` : "Uploaded. The server is checking every byte…";
      if (sent >= total) bar.removeAttribute("value");
    });
    try {
      const plan = await sending.done;
      sending = null;
      review(plan, {upload_id: plan.upload_id}, chosen);
    } catch (error) {
      sending = null;
      if (error.name === "AbortError") return;
      error.message = `${chosen.name}: ${error.message}`;
      choose(error);
    }
  }

  /** Warns about an archive that failed its verification. */
  function warn({at, problem}) {
    step(failure({message: `This archive failed its last verification (${exact(at)}).`, remedy: problem}),
      h("p", {}, "Restore another archive if you can. A restore checks the whole archive first, and changes nothing if the check fails."),
      actions(close("Cancel"), button("Check and restore it anyway", ask, {class: "danger"})));
  }

  async function ask() {
    const source = {backup_id: backup.backup_id};
    step(h("p", {}, badge("run", "Checking the archive and comparing it with the live data. Nothing is changed.")), h("progress", {"aria-label": "Checking"}), actions(close("Cancel")));
    try {
      // The manifest names the source stores. The restore does not need it.
      const [plan, manifest] = await Promise.all([post("restore?dry_run=true", source), get(`backup/${encodeURIComponent(backup.backup_id)}`).catch(() => null)]);
      review({created_at: backup.created_at, note: backup.note, ...plan}, source, null, manifest);
    } catch (error) {
      step(failure(error), h("p", {}, "Nothing was changed."), actions(close("Close")));
    }
  }

  function review(plan, source, chosen, manifest) {
    const blocked = plan.problems.length > 0;
    const roles = Object.keys(ROLES).filter(role => (plan.targets ?? manifest?.stores ?? ROLES)[role]).map(role => {
      const box = h("input", {type: "checkbox", checked: true, disabled: blocked, value: role, "aria-label": `Restore ${ROLES[role]}`});
      const contents = h("p", {class: "contents"});
      return {role, box, contents, element: target(role, plan.targets?.[role], manifest?.stores?.[role], box, contents)};
    });
    const safety = h("input", {type: "checkbox", checked: true});
    const noWayBack = h("p", {class: "hint", hidden: true}, "Without a safety archive this restore cannot be undone or rolled back. If it fails, it can only be completed.");
    safety.addEventListener("change", () => noWayBack.hidden = safety.checked);
    const typed = h("input", {autocomplete: "off", spellcheck: "false", "aria-describedby": "type-hint"});
    const go = h("button", {class: "danger", disabled: true}, "Replace the live data");
    const ready = () => go.disabled = typed.value.trim() !== WORD || !roles.some(role => role.box.checked);
    typed.addEventListener("input", ready);
    for (const role of roles) role.box.addEventListener("change", ready);
    const form = h("form", {},
      h("label", {class: "check"}, safety, "Save the live data as a safety archive first"), noWayBack,
      h("label", {}, h("span", {id: "type-hint"}, "Type ", h("code", {}, WORD), " to confirm that the live data in the selected stores is replaced"), typed),
      actions(close("Cancel"), go));
    form.addEventListener("submit", event => {
      event.preventDefault();
      if (go.disabled) return;
      const chosen = roles.filter(role => role.box.checked).map(role => role.role);
      const options = {safety_backup: safety.checked, ...(chosen.length < roles.length ? {backends: chosen} : {})};
      attempt(go, async () => watch(await post("restore", {...source, options})));
    });
    step(
      plan.problems.map(problem => failure({message: problem})),
      blocked ? h("p", {}, "This archive cannot be restored now. Nothing was changed.") : null,
      plan.warnings.map(warning => h("p", {class: "hint"}, prose(warning))),
      h("dl", {class: "facts"}, [
        ["File", chosen && `${chosen.name}, ${bytes(chosen.size)}`],
        ["Archive", plan.backup_id],
        ["Made", plan.created_at && [exact(plan.created_at), ", ", time(plan.created_at)]],
        ["Note", plan.note]].filter(fact => fact[1]).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
      h("fieldset", {class: "targets"}, h("legend", {}, "Stores to replace"), roles.map(role => role.element)),
      counts(plan), comparison(source, roles),
      blocked ? actions(close("Close")) : form);
    announce(blocked ? "The archive cannot be restored now." : "The plan is ready.");
  }

  /** States that only counts were compared, and compares contents on demand. */
  function comparison(source, roles) {
    const text = h("p", {class: "muted", role: "status", tabindex: "-1"}, "Only the counts were compared. Equal counts do not mean equal contents.");
    const compare = button("Compare contents", () => attempt(compare, async () => {
      text.textContent = "Comparing the contents. This reads every store completely and can take minutes…";
      const {contents} = await post("restore?dry_run=true&compare=content", source).finally(() => text.textContent = "Only the counts were compared.");
      for (const {role, contents: result} of roles) result.replaceChildren(badge(...CONTENTS[contents?.[role]] ?? CONTENTS.unknown));
      text.textContent = "The contents were compared. The result is shown with each store.";
      compare.remove();
      text.focus();
    }));
    return h("div", {class: "compare"}, text, compare);
  }

  function watch(job) {
    panel = new Panel(job, finish);
    if (!isOpen(panel.job)) return;
    step(panel.element, actions(close("Close")));
    panel.element.querySelector("details").open = true;
    panel.phase.focus();
  }

  function finish(job) {
    const safety = job.metadata?.safety_backup_id;
    const done = job.status === "completed";
    announce([done ? "The restore is complete." : "The restore did not succeed.", ...job.metadata?.advice ?? []].join(" "));
    step(
      h("p", {class: "phase", tabindex: "-1", autofocus: true}, state(job)),
      done ? advice(job.metadata?.advice) : null,
      done ? h("p", {}, "The restored stores were proved equal to the archive ", h("strong", {}, job.metadata?.backup_id ?? ""), ".")
        : failure({message: job.error ?? "It did not succeed.", remedy: job.remedy}),
      done && safety ? h("p", {}, "To undo this restore, restore the safety archive ", h("strong", {}, safety), ". It holds the data from before.") : null,
      logOf(job, "log tall"),
      actions(done && safety ? button("Undo this restore…", () => {
        // Deferred, because a closing dialog moves the focus.
        box.addEventListener("close", () => restore({backup_id: safety}, reload));
        box.close();
      }) : null, close("Close")));
  }

  if (backup?.verified?.ok === false) warn(backup.verified);
  else if (backup) ask();
  else if (file) send(file);
  else choose();
  return box;
}

/** One store of the plan: which data is replaced, and where the archive's data came from. */
function target(role, live, archived, box, contents) {
  return h("div", {class: `target ${role}`},
    h("label", {class: "check"}, box, h("span", {class: "dot", "aria-hidden": "true"}), h("strong", {}, ROLES[role])),
    h("dl", {class: "facts"},
      h("div", {}, h("dt", {}, "Replaces"), h("dd", {}, live?.place ?? live?.backend ?? "unknown")),
      archived ? h("div", {}, h("dt", {}, "Saved from"), h("dd", {}, archived.product, scope(archived.scope))) : null),
    contents);
}

/** The name of a count. Collections and namespaces keep their own names. */
const label = name => /^(vectors|kv)\./.test(name)
  ? name.replace(/^vectors\./, "Vectors: ").replace(/^kv\./, "Documents: ") : name.replaceAll("_", " ");

function counts(plan) {
  const names = [...new Set([...Object.keys(plan.archive), ...Object.keys(plan.live)])];
  return scrolling("Counts", "scroll", h("table", {class: "plan"},
    h("caption", {}, "Counts"),
    h("thead", {}, h("tr", {}, h("td", {}), ["in the archive", "live now", "change"].map(name => h("th", {scope: "col", class: "n"}, name)))),
    h("tbody", {}, names.map(name => {
      const change = plan.changes[name] ?? 0;
      const cell = (text, kind = "") => h("td", {class: `n ${kind}`}, text);
      return h("tr", {}, h("th", {scope: "row"}, label(name)), cell(number(plan.archive[name] ?? 0)), cell(number(plan.live[name] ?? 0)),
        cell(signed(change), change < 0 ? "less" : change > 0 ? "more" : "muted"));
    }))));
}

function acceptDrops(zone, take) {
  const on = (name, act) => zone.addEventListener(name, event => {
    event.preventDefault();
    event.stopPropagation();
    zone.classList.toggle("over", name === "dragover");
    act?.(event.dataTransfer.files[0]);
  });
  on("dragover");
  on("dragleave");
  on("drop", file => file && take(file));
}

/** Accepts a file dropped anywhere on the page. */
export function dropAnywhere(reload) {
  acceptDrops(document.body, file => document.querySelector("dialog[open]") ?? restore(null, reload, file));
}
