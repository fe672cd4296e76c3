import {$, about, advice, amount, announce, attempt, badge, button, duration, failure, guarded, h, number, prose, scrolling, show, time, toast} from "./dom.js";
import {follow, post} from "./api.js";
import {ROLES} from "./stores.js";

export const isOpen = job => job.status === "pending" || job.status === "processing";

const NAMES = {backup: "Backup", restore: "Restore", verify: "Verification", recover: "Recovery", prune: "Pruning", check: "Reference check", drill: "Restore drill"};

const PHASES = {
  pending: "waiting",
  checking: "checking",
  preflight: "checking the stores",
  exporting: "reading the stores",
  writing: "writing the archive",
  verifying: "verifying the archive",
  restoring: "replacing the data",
  proving: "proving the result",
};
const SAVING = "saving the present state: ";

/** Returns the phase of a job in words. Unknown phases are shown as they are. */
function phase(job) {
  const name = String(job.progress?.phase ?? job.status);
  return name.startsWith(SAVING) ? `saving the current data: ${words(name.slice(SAVING.length))}` : words(name);
}

const words = name => PHASES[name] ?? name;

/** Returns whether a job can no longer be cancelled. */
const isFinal = job => /^(proving|rolling back)/.test(job.progress?.phase ?? "");

const STATES = {
  rolled_back: ["back", "rolled back, data as before"],
  rollback_failed: ["bad", "data not as before"],
  pending: ["run", "waiting"],
  processing: ["run", "running"],
  completed: ["ok", "done"],
  failed: ["bad", "failed"],
  cancelled: ["idle", "cancelled"],
};
const stateOf = job => STATES[job.outcome] ?? STATES[job.status] ?? ["idle", "unknown"];
export const state = job => badge(...stateOf(job));

/** Computes rate and time left over the last 15 s, so that they do not jump. */
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
    if (!this.rate) return this.idle > 10 ? `${share}, no progress for ${duration(this.idle)}` : share;
    const speed = `${amount(this.rate, unit)}/s`;
    const rest = total && current / total > 0.03 ? `, ${about((total - current) / this.rate)} left` : "";
    return `${share}, ${speed}${rest}`;
  }
}

/** One running job, updated in place. */
export class Panel {
  constructor(job, onEnd) {
    this.meters = {};
    this.rows = {};
    this.phase = h("p", {class: "phase", tabindex: "-1"});
    this.note = h("p", {class: "muted"});
    this.bars = h("div", {class: "bars"});
    this.log = h("ol", {});
    this.cancel = button(job.type === "restore" ? "Cancel and roll back" : "Cancel", () => attempt(this.cancel, () => post(`jobs/${this.id}/cancel`)));
    this.element = h("article", {class: "card job"},
      h("header", {}, h("h3", {}, title(job)), this.cancel), this.phase, this.bars, this.note,
      h("details", {"data-key": "log"}, h("summary", {}, "Log"), scrolling("Log of the running job", "log", this.log)));
    this.id = job.job_id;
    this.onEnd = onEnd;
    this.update(job);
    if (isOpen(job)) this.unfollow = follow(job.job_id, next => this.update(next));
  }

  update(job) {
    this.job = job;
    const progress = job.progress ?? {stores: {}};
    if (progress.phase !== this.lastPhase) {
      this.lastPhase = progress.phase;
      this.meters = {};
      announce(`${title(job)}: ${phase(job)}`);
    }
    const since = job.started_at ? (Date.now() - Date.parse(job.started_at)) / 1000 : 0;
    this.phase.replaceChildren(h("strong", {}, phase(job)), ` · ${duration(Math.max(0, since))}`);
    this.cancel.disabled ||= isFinal(job);
    this.note.textContent = isFinal(job)
      ? "The job can no longer be cancelled. You can close this page."
      : "You can close this page. The job continues on the server.";
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

  close() {
    this.unfollow?.();
    document.title = "ngbak";
  }
}

export function title(job) {
  const id = job.metadata?.backup_id;
  return `${NAMES[job.type] ?? job.type}${id ? " " + id : ""}`;
}

const LEVELS = {warn: "Warning: ", error: "Error: "};

/** Appends new lines. A log only grows, but a very long one loses lines in its middle. */
function appendLog(list, lines) {
  if (list.childElementCount > lines.length) list.replaceChildren();
  for (const line of lines.slice(list.childElementCount)) {
    list.append(h("li", {class: line.level}, h("span", {class: "clock"}, new Date(line.at).toLocaleTimeString("en-GB")), LEVELS[line.level] ?? "", prose(line.message)));
  }
}

/** The whole log of a job that has ended. */
export function logOf(job, style = "log") {
  const list = h("ol", {});
  appendLog(list, job.log);
  return scrolling(`Log of ${title(job)}`, style, list);
}

/** The broken rules of a check job. */
const rules = all => {
  const broken = Array.isArray(all) ? all.filter(rule => rule.result === "broken") : [];
  return broken.length ? h("ul", {class: "rules"}, broken.map(rule => h("li", {}, badge({error: "bad", warning: "warn"}[rule.severity] ?? "idle", `${rule.rule}: ${number(rule.count)}`), ` ${rule.title}`,
    h("ul", {}, (rule.samples ?? []).map(sample => h("li", {class: "muted"}, prose(sample))))))) : null;
};

let panel = null;
let settled = () => {};

/** Called with each job that ends while the page is open. */
export function onEnded(callback) {
  settled = callback;
}

export function showJobs(jobs) {
  const open = jobs.find(job => job && isOpen(job));
  if (open && panel?.id !== open.job_id) {
    panel?.close();
    panel = guarded(() => new Panel(open, end), () => null);
    $("job").replaceChildren(panel?.element ?? "A job runs whose state cannot be shown.");
  } else if (!open && panel) {
    end(jobs.find(job => job?.job_id === panel.id) ?? panel.job);
  }
  $("running").hidden = !open;
  show($("jobs"), jobs.filter(job => !job || !isOpen(job)), history);
}

function end(job) {
  if (panel?.id !== job.job_id) return;
  panel.close();
  panel = null;
  $("running").hidden = true;
  $("job").replaceChildren();
  const text = [`${title(job)}: ${stateOf(job)[1]}.`, job.error && prose(job.error), ...job.metadata?.advice ?? []].filter(Boolean).join(" ");
  announce(text);
  toast(text, job.status !== "completed" ? "bad" : job.metadata?.advice ? "warn" : "ok");
  settled(job);
}

function history(jobs) {
  if (!jobs.length) return h("p", {class: "empty"}, "No jobs yet.");
  // Older advice is out of date: a later restore replaced the data again.
  const advising = jobs.find(job => job?.metadata?.advice);
  return h("ul", {class: "history"}, jobs.map(job => h("li", {}, guarded(() => [entry(job), job === advising ? advice(job.metadata.advice) : null].filter(Boolean),
    () => h("p", {class: "odd"}, badge("bad", "invalid entry"), ` The record of the job ${job?.job_id ?? "without an id"} cannot be shown.`)))));
}

export function entry(job) {
  const took = job.started_at && job.completed_at ? (Date.parse(job.completed_at) - Date.parse(job.started_at)) / 1000 : NaN;
  return h("details", {"data-key": job.job_id},
    h("summary", {"data-key": "s" + job.job_id}, state(job), h("span", {class: "name"}, title(job)), h("span", {class: "muted"}, time(job.completed_at ?? job.created_at), Number.isNaN(took) ? "" : ` · took ${duration(took)}`)),
    job.error ? failure({message: job.error, remedy: job.remedy}) : null,
    rules(job.metadata?.rules), logOf(job));
}
