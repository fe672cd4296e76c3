// Starts the page, keeps it up to date, and reports when it cannot.
import {$, attempt, dialog, failure, h, prose, refreshTimes, setBusy, show, time} from "./dom.js";
import {begin, get, getChanged, post, remove, requiresKey, Unreachable, version} from "./api.js";
import {showStores} from "./stores.js";
import {isOpen, onEnded, showJobs, title} from "./jobs.js";
import {create, start} from "./actions.js";
import {isOwn} from "./archives.js";
import {open, openedId, showArchive} from "./archive.js";
import {showBackups} from "./backups.js";
import {current, showHealth} from "./health.js";
import {showPast} from "./past.js";
import {dropAnywhere, restore} from "./drops.js";

const EVERY = 5000;
/** Enough for an archive an hour in the last 30 days. */
const FIRST = 800;
let lostAt = null;
let started = false;
let timer;
let loading = null;
let everything = false;
let backups = [];
let jobs = [];
let loaded = false;

async function load() {
  clearTimeout(timer);
  try {
    if (!started) {
      await begin();
      started = true;
      $("version").textContent = `ngbak ${version}`;
      $("signout").hidden = !requiresKey;
    }
    const parts = await Promise.allSettled([
      get("jobs").then(showAllJobs),
      getChanged(everything ? "backup" : `backup?limit=${FIRST}`).then(all => backups = all ?? backups),
      get("health").then(health => showHealth(health, reload)).catch(error => error.status === 401 || showHealth(null, reload))]);
    for (const part of parts) if (part.status === "rejected") throw part.reason;
    loaded = true;
    redraw();
    get("stack").then(showStores).catch(error => $("stores").shown || error.status === 401 || show($("stores"), error.message, () => failure(error)));
    lostAt = null;
    document.body.classList.remove("stale");
    $("banner").hidden = true;
    $("asof").replaceChildren("as of ", time(new Date().toISOString()));
  } catch (error) {
    lost(error);
  }
  refreshTimes();
  timer = setTimeout(reload, document.hidden ? 6 * EVERY : EVERY);
}

/** Simultaneous calls share one answer. */
const reload = () => loading ??= load().finally(() => loading = null);

function showAllJobs(all) {
  jobs = all;
  const running = all.find(job => job && isOpen(job));
  setBusy(running ? `Wait for the end of: ${title(running)}` : null);
  showJobs(all);
}

function redraw() {
  const id = openedId();
  document.body.dataset.view = id ? "archive" : "home";
  for (const section of document.querySelectorAll(".home")) section.hidden = Boolean(id);
  $("archive").hidden = !id;
  if (!loaded) return;
  if (id) showArchive(backups.find(backup => backup?.backup_id === id), jobs, reload);
  showBackups(backups, everything || backups.length < FIRST ? null : loadAll, reload);
  showPast(backups.filter(backup => backup && isOwn(backup, current)), jobs);
}

function loadAll() {
  if (everything) return;
  everything = true;
  reload();
}

function route() {
  const id = /^#\/backups\/(.+)$/.exec(location.hash)?.[1];
  let name = null;
  try {
    name = id ? decodeURIComponent(id) : null;
  } catch {
    // not an address of this page
  }
  open(name, redraw);
  redraw();
  scrollTo(0, 0);
  if (name) $("archive").querySelector("h2")?.focus();
}

function lost(error) {
  if (error.status === 401) return; // the dialog asks
  lostAt ??= new Date().toLocaleTimeString("en-GB");
  document.body.classList.add("stale");
  const text = error instanceof Unreachable
    ? `No connection to the server since ${lostAt}. This page shows the state from then and keeps trying. Running jobs continue on the server.`
    : [error.message, error.remedy].filter(Boolean).map(prose).join(" ");
  $("banner").hidden = false;
  show($("banner"), text, () => text); // do not announce the same text again
}

let asking = false;

function login() {
  if (asking) return;
  asking = true;
  const key = h("input", {type: "password", autocomplete: "current-password", name: "key"});
  const go = h("button", {class: "primary"}, "Sign in");
  const form = h("form", {}, h("p", {}, "This server requires the key that is set in BACKUP_API_KEY."), h("label", {}, "Key", key), h("div", {class: "actions"}, go));
  const box = dialog("Sign in", form);
  box.addEventListener("close", () => asking = false);
  form.addEventListener("submit", event => {
    event.preventDefault();
    attempt(go, async () => {
      await post("session", {key: key.value});
      box.close();
      reload();
    });
  });
  key.focus();
}

const THEMES = ["auto", "light", "dark"];

function theme(name) {
  document.documentElement.dataset.theme = name;
  $("theme").textContent = `Theme: ${name}`;
}

/** Browsers may deny storage. */
function storage() {
  try {
    return localStorage;
  } catch {
    return {};
  }
}

theme(THEMES.find(name => name === storage().theme) ?? "auto");
$("theme").addEventListener("click", () => theme(storage().theme = THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]));
$("where").textContent = location.host;
$("create").addEventListener("click", () => create(reload));
$("upload").addEventListener("click", () => restore(null, reload));
$("check").addEventListener("click", () => start(() => post("check"), reload));
$("signout").addEventListener("click", () => remove("session").then(() => location.reload()));
document.addEventListener("login", login);
document.addEventListener("visibilitychange", () => document.hidden || reload());
addEventListener("hashchange", route);
onEnded(() => reload());
dropAnywhere(reload);
reload().finally(route);
