// The last 30 days: a cell for each day, and the trend of sizes and counts.
import {$, bytes, duration, h, number, show, svg} from "./dom.js";
import {isGood, isSafety} from "./archives.js";

const DAYS = 30;
const DAY = new Intl.DateTimeFormat("en-GB", {weekday: "short", day: "numeric", month: "short"});
const KINDS = {ok: ["✓", "backed up"], bad: ["✕", "failed"], none: ["", "no backup"], before: ["", "before the first backup"]};

/** @param backups the archives of the configured system */
export function showPast(backups, jobs) {
  const own = backups.filter(backup => !isSafety(backup) && backup.status !== "unreadable");
  $("past").hidden = document.body.dataset.view === "archive" || !backups.length;
  const days = daysOf(own, jobs);
  show($("days"), days, () => strip(days));
  const points = own.filter(backup => !Number.isNaN(Date.parse(backup.created_at))).slice(0, 60).reverse();
  show($("trends"), points.map(({backup_id: id, size_bytes: size, statistics, duration_ms: took}) => [id, size, statistics, took]), () => points.length > 1 ? trends(points) : []);
}

const midnight = at => new Date(at).setHours(0, 0, 0, 0);

/** Archives may have been deleted since, and jobs of other machines are not in the list, so both count. */
function daysOf(backups, jobs) {
  const good = new Map();
  const bad = new Map();
  const count = (map, at) => map.set(midnight(at), (map.get(midnight(at)) ?? 0) + 1);
  const made = new Set();
  for (const backup of backups) {
    made.add(backup.backup_id);
    count(isGood(backup) ? good : bad, backup.created_at);
  }
  for (const job of jobs) {
    if (job?.type !== "backup" || made.has(job.metadata?.backup_id)) continue;
    if (job.status === "completed") count(good, job.created_at);
    if (job.status === "failed") count(bad, job.created_at);
  }
  const first = Math.min(...good.keys(), ...bad.keys());
  return Array.from({length: DAYS}, (_, i) => {
    const day = new Date(midnight(Date.now()));
    day.setDate(day.getDate() - DAYS + 1 + i);
    const at = day.getTime();
    const kind = good.has(at) ? "ok" : bad.has(at) ? "bad" : at < first ? "before" : "none";
    return {at, kind, number: good.get(at) ?? 0};
  });
}

const strip = days => [
  h("ol", {class: "days"}, days.map(({at, kind, number: many}) => {
    const [glyph, meaning] = KINDS[kind];
    const text = `${DAY.format(at)}: ${many > 1 ? `${many} backups` : meaning}`;
    return h("li", {class: `day ${kind}`, title: text}, h("span", {"aria-hidden": "true"}, glyph), h("span", {class: "hidden"}, text));
  })),
  h("p", {class: "muted"}, summary(days))];

function summary(days) {
  const of = kind => days.filter(day => day.kind === kind).length;
  return [`${of("ok")} days with a backup`, of("bad") && `${of("bad")} with a failure only`, of("none") && `${of("none")} without a backup`].filter(Boolean).join(", ") + ".";
}

const TRENDS = [
  ["Size", bytes, backup => backup.size_bytes],
  ["Entities", number, backup => backup.statistics?.entities],
  ["Relationships", number, backup => backup.statistics?.relationships],
  ["Chunks", number, backup => backup.statistics?.chunks],
  ["Duration", value => duration(value / 1000), backup => backup.duration_ms],
];

const trends = backups => h("dl", {class: "trends"}, TRENDS.map(([name, format, value]) => {
  const points = backups.map(backup => [Date.parse(backup.created_at), value(backup)]).filter(point => Number.isFinite(point[1]));
  if (points.length < 2) return null;
  const values = points.map(point => point[1]);
  const last = values.at(-1);
  const change = values.at(-2) ? Math.round(100 * (last - values.at(-2)) / values.at(-2)) : 0;
  return h("div", {}, h("dt", {}, name),
    h("dd", {}, h("strong", {}, format(last)), change ? h("span", {class: change <= -50 && name !== "Duration" ? "less" : "muted"}, ` ${change > 0 ? "+" : "−"}${number(Math.abs(change))} %`) : null,
      line(points, `${name}: ${values.length} backups, from ${format(values[0])} to ${format(last)}, at least ${format(Math.min(...values))}, at most ${format(Math.max(...values))}`)));
}));

/** Draws a line from zero, so that a small change looks small. */
function line(points, label) {
  const begin = points[0][0];
  const span = points.at(-1)[0] - begin || 1;
  const most = Math.max(...points.map(point => point[1])) || 1;
  const at = ([x, y]) => `${(100 * (x - begin) / span).toFixed(1)} ${(38 - 34 * y / most).toFixed(1)}`;
  return svg("svg", {viewBox: "0 0 100 40", preserveAspectRatio: "none", role: "img", "aria-label": label, class: "line"},
    svg("path", {d: "M0 38.5H100", class: "base"}), svg("path", {d: "M" + points.map(at).join("L")}), svg("path", {d: `M${at(points.at(-1))}h0`, class: "end"}));
}
