import {advice, announce, attempt, badge, button, bytes, dialog, exact, failure, h, prose} from "./dom.js";
import {get, post, upload} from "./api.js";
import {acceptDrops} from "./drops.js";
import {isOpen, logOf, Panel, state} from "./jobs.js";
import {confirmation, contents, counts, identity, otherTarget, steps, target} from "./plan.js";
import {ROLES} from "./stores.js";

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

  const step = (at, ...content) => {
    body.replaceChildren(steps(at), ...content.flat().filter(Boolean));
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
    step(0, trouble ? failure(trouble) : null, zone, input, actions(close("Cancel")));
  }

  async function send(chosen) {
    const bar = h("progress", {max: 1, value: 0, "aria-label": "Upload"});
    const text = h("p", {class: "muted"}, "…");
    step(0, h("h3", {}, `Uploading ${chosen.name}`), bar, text, actions(close("Cancel")));
    sending = upload(chosen, (sent, total) => {
      bar.value = sent / total;
      text.textContent = sent < total ? `${bytes(sent)} of ${bytes(total)}` : "Uploaded. The server is checking every byte…";
      if (sent >= total) bar.removeAttribute("value");
    });
    try {
      const plan = await sending.done;
      sending = null;
      review(plan, {upload_id: plan.upload_id}, {}, chosen);
    } catch (error) {
      sending = null;
      if (error.name === "AbortError") return;
      error.message = `${chosen.name}: ${error.message}`;
      choose(error);
    }
  }

  /** Warns about an archive that failed its verification. */
  function warn({at, problem}) {
    step(0, failure({message: `This archive failed its last verification (${exact(at)}).`, remedy: problem}),
      h("p", {}, "Restore another archive if you can. A restore checks the whole archive first, and changes nothing if the check fails."),
      actions(close("Cancel"), button("Check and restore it anyway", () => ask({backup_id: backup.backup_id}, {}), {class: "danger"})));
  }

  /** Asks the server for a plan. */
  async function ask(source, options, chosen) {
    step(1, h("p", {}, badge("run", "Checking the archive and comparing it with the live data. Nothing is changed.")), h("progress", {"aria-label": "Checking"}), actions(close("Cancel")));
    try {
      // The manifest names the source stores. The restore does not need it.
      const [plan, manifest] = await Promise.all([
        post("restore?dry_run=true", {...source, options}), backup && get(`backup/${encodeURIComponent(backup.backup_id)}`).catch(() => null)]);
      review({created_at: backup?.created_at, note: backup?.note, ...plan}, source, options, chosen, manifest);
    } catch (error) {
      step(1, failure(error), h("p", {}, "Nothing was changed."), otherTarget(options, more => ask(source, more, chosen)), actions(close("Close")));
    }
  }

  function review(plan, source, options, chosen, manifest) {
    const blocked = plan.problems.length > 0;
    const roles = Object.keys(ROLES).filter(role => (plan.targets ?? manifest?.stores ?? ROLES)[role]).map(role => {
      const box = h("input", {type: "checkbox", checked: true, disabled: blocked, value: role, "aria-label": `Restore ${ROLES[role]}`});
      const place = h("p", {class: "contents"});
      return {role, box, place, element: target(role, plan.targets?.[role], manifest?.stores?.[role], box, place)};
    });
    step(1,
      plan.problems.map(problem => failure({message: problem})),
      blocked ? h("p", {}, "This archive cannot be restored now. Nothing was changed.") : null,
      plan.warnings.map(warning => h("p", {class: "hint"}, prose(warning))),
      identity(plan, chosen, manifest),
      h("fieldset", {class: "targets"}, h("legend", {}, "Stores to replace"), roles.map(role => role.element)),
      counts(plan), comparison({...source, options}, roles),
      otherTarget(options, more => ask(source, more, chosen)),
      blocked ? actions(close("Close")) : confirm(source, options, roles));
    announce(blocked ? "The archive cannot be restored now." : "The plan is ready.");
  }

  function confirm(source, options, roles) {
    const word = confirmation();
    const safety = h("input", {type: "checkbox", checked: true});
    const noWayBack = h("p", {class: "hint", hidden: true}, "Without a safety archive this restore cannot be undone or rolled back. If it fails, it can only be completed.");
    safety.addEventListener("change", () => noWayBack.hidden = safety.checked);
    const typed = h("input", {autocomplete: "off", spellcheck: "false", "aria-describedby": "type-hint"});
    const go = h("button", {class: "danger", disabled: true}, "Replace the live data");
    const ready = () => go.disabled = typed.value.trim() !== word || !roles.some(role => role.box.checked);
    typed.addEventListener("input", ready);
    for (const role of roles) role.box.addEventListener("change", ready);
    const form = h("form", {},
      h("label", {class: "check"}, safety, "Save the live data as a safety archive first"), noWayBack,
      h("label", {}, h("span", {id: "type-hint"}, "Type ", h("code", {}, word), " to confirm that the live data in the selected stores is replaced"), typed),
      actions(close("Cancel"), go));
    form.addEventListener("submit", event => {
      event.preventDefault();
      if (go.disabled) return;
      const chosen = roles.filter(role => role.box.checked).map(role => role.role);
      const all = {...options, safety_backup: safety.checked, ...(chosen.length < roles.length ? {backends: chosen} : {})};
      attempt(go, async () => watch(await post("restore", {...source, options: all})));
    });
    return form;
  }

  /** States that only counts were compared, and compares contents on demand. */
  function comparison(request, roles) {
    const text = h("p", {class: "muted", role: "status", tabindex: "-1"}, "Only the counts were compared. Equal counts do not mean equal contents.");
    const compare = button("Compare contents", () => attempt(compare, async () => {
      text.textContent = "Comparing the contents. This reads every store completely and can take minutes…";
      const plan = await post("restore?dry_run=true&compare=content", request).finally(() => text.textContent = "Only the counts were compared.");
      for (const {role, place} of roles) place.replaceChildren(contents(plan.contents?.[role]));
      text.textContent = "The contents were compared. The result is shown with each store.";
      compare.remove();
      text.focus();
    }));
    return h("div", {class: "compare"}, text, compare);
  }

  function watch(job) {
    panel = new Panel(job, finish);
    if (!isOpen(panel.job)) return;
    step(2, panel.element, actions(close("Close")));
    panel.element.querySelector("details").open = true;
    panel.phase.focus();
  }

  function finish(job) {
    const safety = job.metadata?.safety_backup_id;
    const done = job.status === "completed";
    announce([done ? "The restore is complete." : "The restore did not succeed.", ...job.metadata?.advice ?? []].join(" "));
    step(3,
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
  else if (backup) ask({backup_id: backup.backup_id}, {});
  else if (file) send(file);
  else choose();
  return box;
}
