// Starts the page, keeps it up to date, and reports when it cannot.
import {$, attempt, dialog, failure, h, prose, refreshTimes, show, time} from "./dom.js";
import {begin, get, post, Unreachable, version} from "./api.js";
import {showStores} from "./stores.js";
import {onEnded, showJobs} from "./jobs.js";
import {create, showBackups} from "./backups.js";
import {dropAnywhere, restore} from "./restore.js";

const EVERY = 5000;
let lostAt = null;
let started = false;
let timer;
let loading = null;

async function load() {
  clearTimeout(timer);
  try {
    if (!started) {
      await begin();
      started = true;
      $("version").textContent = `ngbak ${version}`;
    }
    const [jobs, backups] = await Promise.allSettled([get("jobs").then(showJobs), get("backup").then(all => showBackups(all, reload))]);
    get("stack").then(showStores).catch(error => $("stores").shown || error.status === 401 || show($("stores"), error.message, () => failure(error)));
    for (const part of [jobs, backups]) if (part.status === "rejected") throw part.reason;
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
document.addEventListener("login", login);
document.addEventListener("visibilitychange", () => document.hidden || reload());
onEnded(() => reload());
dropAnywhere(reload);
reload();
