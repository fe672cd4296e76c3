// Starts the page, keeps it up to date, and says so when it cannot.
import {$, dialog, failure, h, refreshTimes, time} from "./dom.js";
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
    const [backups, jobs] = await Promise.all([get("backup"), get("jobs")]);
    showJobs(jobs);
    showBackups(backups, reload);
    get("stack").then(showStores).catch(() => {});
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

/** Several who ask at once get one answer. */
const reload = () => loading ??= load().finally(() => loading = null);

function lost(error) {
  if (error.status === 401) return; // the dialog asks
  lostAt ??= Date.now();
  document.body.classList.add("stale");
  const seconds = Math.round((Date.now() - lostAt) / 1000);
  $("banner").hidden = false;
  $("banner").textContent = error instanceof Unreachable
    ? `No connection to the server${seconds > 3 ? ` for ${seconds} s` : ""}; trying again. Jobs go on without this page.`
    : [error.message, error.remedy].filter(Boolean).join(" ");
}

let asking = false;

function login() {
  if (asking) return;
  asking = true;
  const key = h("input", {type: "password", autocomplete: "current-password", name: "key"});
  const trouble = h("div", {});
  const form = h("form", {}, h("p", {}, "This server asks for the key that is set in BACKUP_API_KEY."),
    h("label", {}, "Key", key), trouble, h("div", {class: "actions"}, h("button", {class: "primary"}, "Sign in")));
  const box = dialog("Sign in", form);
  box.addEventListener("close", () => asking = false);
  form.addEventListener("submit", async event => {
    event.preventDefault();
    try {
      await post("session", {key: key.value});
      box.close();
      reload();
    } catch (error) {
      trouble.replaceChildren(failure(error));
    }
  });
  key.focus();
}

const THEMES = ["auto", "light", "dark"];

function theme(next) {
  const button = $("theme");
  document.documentElement.dataset.theme = next;
  button.textContent = `Theme: ${next}`;
  button.onclick = () => {
    const following = THEMES[(THEMES.indexOf(next) + 1) % THEMES.length];
    try {
      localStorage.setItem("theme", following);
    } catch {
      // a private window keeps nothing
    }
    theme(following);
  };
}

function remembered() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}

theme(THEMES.includes(remembered()) ? remembered() : "auto");
$("where").textContent = location.host;
$("create").addEventListener("click", () => create(reload));
$("upload").addEventListener("click", () => restore(null, reload));
document.addEventListener("login", login);
document.addEventListener("visibilitychange", () => document.hidden || reload());
onEnded(() => reload());
dropAnywhere(reload);
reload();
