import {announce, badge, bytes, dialog, failure, h, number, signed, time} from "./dom.js";
import {follow, post, upload} from "./api.js";
import {isOpen, state} from "./jobs.js";
import {ROLES} from "./stores.js";

const WORD = "replace";

/** The way of a restore in one dialog: which archive, what would change, sure?, and how it went. */
export function restore(backup, reload, file) {
  const body = h("div", {class: "wizard"});
  const box = dialog(backup ? `Restore ${backup.backup_id}` : "Restore from a file", body);
  box.classList.add("wide");
  let sending = null;
  let unfollow = () => {};
  box.addEventListener("close", () => {
    sending?.cancel();
    unfollow();
    reload();
  });

  const step = (...content) => {
    body.replaceChildren(...content.flat().filter(Boolean));
    (body.querySelector("[autofocus]") ?? body.querySelector("input, button"))?.focus();
  };
  const cancel = text => h("button", {type: "button", onclick: () => box.close()}, text);

  function choose(trouble) {
    const input = h("input", {type: "file", accept: ".ngbak", class: "hidden", id: "archive-file", onchange: () => input.files[0] && send(input.files[0])});
    const zone = h("label", {class: "drop", for: "archive-file", tabindex: "0"}, h("strong", {}, "Drop a .ngbak file here"), h("span", {class: "muted"}, "or choose one. It is sent once, read whole and compared with what is live; nothing is changed yet."));
    zone.addEventListener("keydown", event => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), input.click()));
    acceptDrops(zone, send);
    step(trouble ? failure(trouble) : null, zone, input, h("div", {class: "actions"}, cancel("Not now")));
  }

  async function send(chosen) {
    const bar = h("progress", {max: 1, value: 0, "aria-label": "Upload"});
    const text = h("p", {class: "muted"}, "…");
    step(h("h3", {}, `Sending ${chosen.name}`), bar, text, h("div", {class: "actions"}, cancel("Cancel")));
    sending = upload(chosen, (sent, total) => {
      bar.value = sent / total;
      text.textContent = sent < total ? `${bytes(sent)} of ${bytes(total)}` : "Sent. The server reads every byte of it now…";
      if (sent >= total) bar.removeAttribute("value");
    });
    try {
      const plan = await sending.done;
      sending = null;
      review(plan, {upload_id: plan.upload_id});
    } catch (error) {
      sending = null;
      if (error.name !== "AbortError") choose(error);
    }
  }

  async function ask(source) {
    step(h("p", {}, badge("run", "The archive is read whole and compared with what is live. Nothing is changed.")), h("progress", {"aria-label": "Checking"}), h("div", {class: "actions"}, cancel("Cancel")));
    try {
      review(await post("restore?dry_run=true", source), source);
    } catch (error) {
      step(failure(error), h("p", {}, "Nothing was changed."), h("div", {class: "actions"}, cancel("Close")));
    }
  }

  function review(plan, source) {
    const blocked = plan.problems.length > 0;
    const names = [...new Set([...Object.keys(plan.archive), ...Object.keys(plan.live)])];
    const roles = Object.entries(ROLES).map(([role, name]) => {
      const box = h("input", {type: "checkbox", checked: true, value: role});
      return {box, label: h("label", {class: "check"}, box, name)};
    });
    const safety = h("input", {type: "checkbox", checked: true});
    const noWayBack = h("p", {class: "hint", hidden: true}, "There will be no way back: if it fails half-way, it can only be finished.");
    safety.addEventListener("change", () => noWayBack.hidden = safety.checked);
    const typed = h("input", {autocomplete: "off", spellcheck: "false", "aria-describedby": "type-hint"});
    const go = h("button", {class: "danger", disabled: true}, "Replace what is live now");
    const ready = () => go.disabled = typed.value.trim() !== WORD || !roles.some(role => role.box.checked);
    typed.addEventListener("input", ready);
    for (const role of roles) role.box.addEventListener("change", ready);
    const trouble = h("div", {});
    const form = h("form", {},
      h("fieldset", {}, h("legend", {}, "Stores"), roles.map(role => role.label)),
      h("label", {class: "check"}, safety, "Save what is there now first, so that there is a way back"), noWayBack,
      h("label", {}, h("span", {id: "type-hint"}, "Type ", h("code", {}, WORD), " to go on: what is live now in these stores will be replaced"), typed), trouble,
      h("div", {class: "actions"}, cancel("Not now"), go));
    form.addEventListener("submit", async event => {
      event.preventDefault();
      if (go.disabled) return;
      go.disabled = true;
      const chosen = roles.filter(role => role.box.checked).map(role => role.box.value);
      const options = {safety_backup: safety.checked, ...(chosen.length < roles.length ? {backends: chosen} : {})};
      try {
        watch(await post("restore", {...source, options}));
      } catch (error) {
        trouble.replaceChildren(failure(error));
        ready();
      }
    });
    step(
      plan.problems.map(problem => failure({message: problem})),
      plan.warnings.map(warning => h("p", {class: "hint"}, warning)),
      h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": "What would change"}, h("table", {class: "plan"},
        h("caption", {}, blocked ? "It cannot be restored as things are. This is what it would change:" : "What a restore would change"),
        h("thead", {}, h("tr", {}, ["", "in the archive", "live now", "change"].map((name, i) => h(i ? "th" : "td", i ? {scope: "col", class: "n"} : {}, name)))),
        h("tbody", {}, names.map(name => {
          const change = plan.changes[name] ?? 0;
          return h("tr", {}, h("th", {scope: "row"}, name.replaceAll("_", " ")), h("td", {class: "n"}, number(plan.archive[name] ?? 0)), h("td", {class: "n"}, number(plan.live[name] ?? 0)),
            h("td", {class: "n " + (change < 0 ? "less" : change > 0 ? "more" : "muted")}, signed(change)));
        })))),
      blocked ? h("div", {class: "actions"}, cancel("Close")) : form);
    announce(blocked ? "The archive cannot be restored as things are." : "The plan is ready.");
  }

  function watch(job) {
    const phase = h("p", {class: "phase", tabindex: "-1", autofocus: true});
    const bars = h("div", {class: "bars"});
    const log = h("ol", {class: "log tall"});
    const stop = h("button", {type: "button", onclick: async () => {
      stop.disabled = true;
      try {
        await post(`jobs/${job.job_id}/cancel`);
      } catch (error) {
        log.append(h("li", {class: "warn"}, error.message));
      }
    }}, "Cancel and put everything back");
    step(phase, bars, log, h("p", {class: "muted"}, "This window may be closed; the restore goes on without it."), h("div", {class: "actions"}, stop, cancel("Close")));
    let last = "";
    unfollow = follow(job.job_id, now => {
      const name = now.progress?.phase ?? now.status;
      phase.replaceChildren(state(now), " ", isOpen(now) ? name : "");
      if (name !== last) announce(`Restore: ${last = name}`);
      bars.replaceChildren(...Object.entries(now.progress?.stores ?? {}).map(([role, store]) => h("div", {class: `bar-row ${role}`}, h("span", {}, ROLES[role] ?? role),
        h("progress", store.total ? {max: store.total, value: Math.min(store.current, store.total), "aria-label": role} : {"aria-label": role}))));
      log.replaceChildren(...now.log.map(line => h("li", {class: line.level}, line.message)));
      log.scrollTop = log.scrollHeight;
      stop.disabled ||= /^(proving|rolling back)/.test(name);
      if (!isOpen(now)) finish(now);
    });
  }

  function finish(job) {
    const safety = job.metadata?.safety_backup_id;
    const done = job.status === "completed";
    announce(done ? "The restore is done and proved." : "The restore did not succeed.");
    step(
      h("p", {class: "phase", tabindex: "-1", autofocus: true}, state(job)),
      done ? h("p", {}, "The stores hold what the archive holds, and it was proved.") : failure({message: job.error ?? "It did not succeed.", remedy: job.outcome === "rolled_back" ? "All stores are as they were before." : ""}),
      done && safety ? h("p", {}, "The way back: what was there before is kept as ", h("strong", {}, safety), ".") : null,
      job.outcome === "rollback_failed" ? h("p", {class: "hint"}, "Run ", h("code", {}, "ngbak recover"), " when the store is back.") : null,
      h("ol", {class: "log tall"}, job.log.map(line => h("li", {class: line.level}, line.message))),
      h("div", {class: "actions"}, done && safety ? h("button", {type: "button", onclick: () => { box.close(); restore({backup_id: safety}, reload); }}, "Go back to it…") : null, cancel("Close")));
  }

  if (backup) ask({backup_id: backup.backup_id});
  else if (file) send(file);
  else choose();
  return box;
}

function acceptDrops(zone, take) {
  zone.addEventListener("dragover", event => {
    event.preventDefault();
    event.stopPropagation();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", event => {
    event.preventDefault();
    event.stopPropagation();
    zone.classList.remove("over");
    const file = event.dataTransfer.files[0];
    if (file) take(file);
  });
}

/** A file may be dropped anywhere on the page. */
export function dropAnywhere(reload) {
  acceptDrops(document.body, file => document.querySelector("dialog[open]") ?? restore(null, reload, file));
}
