import {$, about, amount, announce, badge, duration, failure, h, show, time, toast} from "./dom.js";
import {follow, post} from "./api.js";
import {ROLES} from "./stores.js";

export const isOpen = job => job.status === "pending" || job.status === "processing";

const NAMES = {backup: "Backup", restore: "Restore", verify: "Verification", recover: "Recovery"};

export function state(job) {
  if (job.outcome === "rolled_back") return badge("back", "rolled back: data as before");
  if (job.outcome === "rollback_failed") return badge("bad", "data not as before");
  switch (job.status) {
    case "completed": return badge("ok", "done");
    case "failed": return badge("bad", "failed");
    case "cancelled": return badge("idle", "cancelled");
    default: return badge("run", job.status === "pending" ? "waiting" : "running");
  }
}

/** Speed by what was counted in the last seconds, so that neither rate nor rest jumps about. */
class Meter {
  constructor() {
    this.points = [];
    this.rate = null;
  }

  take(progress) {
    const now = performance.now() / 1000;
    const last = this.points.at(-1);
    if (last && progress.current < last.current) this.points = [];
    if (!last || last.current !== progress.current || now - last.at > 1) this.points.push({at: now, current: progress.current});
    while (this.points.length > 2 && now - this.points[0].at > 15) this.points.shift();
    const first = this.points[0];
    this.rate = now - first.at > 2 ? (progress.current - first.current) / (now - first.at) : null;
    this.idle = now - (this.points.findLast(point => point.current !== progress.current)?.at ?? first.at);
  }

  text(progress) {
    const {current, total, unit} = progress;
    if (total && current >= total) return `${amount(current, unit)}, done`;
    const share = total ? `${amount(current, unit === "bytes" ? unit : "")} of ${amount(total, unit)}` : amount(current, unit);
    if (!this.rate) return this.idle > 10 ? `${share}, nothing new for ${duration(this.idle)}` : share;
    const speed = `${amount(this.rate, unit)}/s`;
    const rest = total && current / total > 0.03 ? `, ${about((total - current) / this.rate)} left` : "";
    return `${share}, ${speed}${rest}`;
  }
}

/** One running job, updated in place. */
class Panel {
  constructor(job, onEnd) {
    this.meters = {};
    this.rows = {};
    this.phase = h("p", {class: "phase"});
    this.note = h("p", {class: "muted"});
    this.bars = h("div", {class: "bars"});
    this.log = h("ol", {class: "log"});
    this.cancel = h("button", {type: "button", onclick: () => this.stop()}, "Cancel");
    this.element = h("article", {class: "card job"},
      h("header", {}, h("h3", {}, title(job)), this.cancel), this.phase, this.bars, this.note,
      h("details", {"data-key": "log"}, h("summary", {}, "Log"), this.log));
    this.id = job.job_id;
    this.onEnd = onEnd;
    this.update(job);
    this.unfollow = follow(job.job_id, next => this.update(next));
  }

  update(job) {
    this.job = job;
    const progress = job.progress ?? {stores: {}};
    if (progress.phase !== this.lastPhase) {
      this.lastPhase = progress.phase;
      this.meters = {};
      announce(`${title(job)}: ${progress.phase}`);
    }
    const since = job.started_at ? (Date.now() - Date.parse(job.started_at)) / 1000 : 0;
    this.phase.replaceChildren(h("strong", {}, progress.phase ?? job.status), ` · ${duration(Math.max(0, since))}`);
    this.note.textContent = /^(proving|rolling back)/.test(progress.phase ?? "")
      ? "It goes on to its end now and cannot be cancelled. This page may be closed."
      : "This page may be closed; the job goes on without it.";
    for (const [role, store] of Object.entries(progress.stores ?? {})) this.bar(role, store);
    for (const role of Object.keys(this.rows)) this.rows[role].row.hidden = !progress.stores?.[role];
    appendLog(this.log, job.log);
    const whole = progress.total ? Math.min(99, Math.floor(100 * progress.current / progress.total)) : null;
    document.title = isOpen(job) ? `${whole === null ? "…" : whole + " %"} · ngbak` : "ngbak";
    if (!isOpen(job)) this.onEnd(job);
  }

  bar(role, store) {
    const meter = this.meters[role] ??= new Meter();
    meter.take(store);
    const row = this.rows[role] ??= this.newRow(role);
    if (store.total) {
      row.progress.max = store.total;
      row.progress.value = Math.min(store.current, store.total * (store.current >= store.total ? 1 : 0.99));
    } else {
      row.progress.removeAttribute("value");
    }
    const text = meter.text(store);
    row.text.textContent = text;
    row.progress.setAttribute("aria-valuetext", text);
  }

  newRow(role) {
    const progress = h("progress", {max: 1, "aria-label": ROLES[role] ?? role});
    const text = h("span", {class: "muted"});
    const row = h("div", {class: `bar-row ${role}`}, h("span", {}, ROLES[role] ?? role), progress, text);
    this.bars.append(row);
    return {row, progress, text};
  }

  async stop() {
    this.cancel.disabled = true;
    try {
      await post(`jobs/${this.id}/cancel`);
      this.cancel.textContent = "Cancelling…";
    } catch (error) {
      toast(error.message, "bad");
      this.cancel.disabled = false;
    }
  }

  close() {
    this.unfollow();
    document.title = "ngbak";
  }
}

export function title(job) {
  const id = job.metadata?.backup_id;
  return `${NAMES[job.type] ?? job.type}${id ? " " + id : ""}`;
}

/** The log only grows, except where the middle of a very long one was left out. */
function appendLog(list, lines) {
  if (list.childElementCount > lines.length) list.replaceChildren();
  for (const line of lines.slice(list.childElementCount)) {
    list.append(h("li", {class: line.level}, h("time", {class: "clock", datetime: line.at}), line.level === "info" ? "" : `${line.level}: `, line.message));
    const clock = list.lastChild.firstChild;
    clock.removeAttribute("datetime"); // a clock, not an age
    clock.textContent = new Date(line.at).toLocaleTimeString("en-GB");
  }
}

let panel = null;
let settled = () => {};

/** Called with each job that ends while the page looks on. */
export function onEnded(callback) {
  settled = callback;
}

export function showJobs(jobs) {
  const open = jobs.find(isOpen);
  if (open && panel?.id !== open.job_id) {
    panel?.close();
    panel = new Panel(open, job => end(job));
    $("job").replaceChildren(panel.element);
  } else if (!open && panel) {
    end(jobs.find(job => job.job_id === panel.id) ?? panel.job);
  }
  $("running").hidden = !panel;
  show($("jobs"), jobs.filter(job => !isOpen(job)), history);
}

function end(job) {
  if (panel?.id !== job.job_id) return;
  panel.close();
  panel = null;
  $("running").hidden = true;
  $("job").replaceChildren();
  const text = `${title(job)}: ${job.outcome === "rolled_back" ? "rolled back, the data is as before" : job.status}.`;
  announce(text);
  toast(job.error ? `${text} ${job.error}` : text, job.status === "completed" ? "ok" : "bad");
  settled(job);
}

function history(jobs) {
  if (!jobs.length) return h("p", {class: "empty"}, "No job has run here yet.");
  return h("ul", {class: "history"}, jobs.map(job => h("li", {}, entry(job))));
}

function entry(job) {
  const took = job.started_at && job.completed_at ? (Date.parse(job.completed_at) - Date.parse(job.started_at)) / 1000 : null;
  const log = h("ol", {class: "log"});
  appendLog(log, job.log);
  return h("details", {"data-key": job.job_id},
    h("summary", {"data-key": "s" + job.job_id}, state(job), h("span", {class: "name"}, title(job)), h("span", {class: "muted"}, time(job.completed_at ?? job.created_at), took === null ? "" : ` · took ${duration(took)}`)),
    job.error ? failure({message: job.error}) : null,
    job.outcome === "rollback_failed" ? h("p", {class: "hint"}, "Run ", h("code", {}, "ngbak recover"), " when the store is back, or start the server again.") : null,
    log);
}
