// The public HTTP API, called by relative paths so that a proxy may add any prefix.

const MAX_WAIT = 20000;
let base = "api/v1/";
export let version = "";
export let requiresKey = false;

export class ApiError extends Error {
  constructor(status, problem) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.remedy = problem.remedy ?? "";
    this.jobId = problem.job_id;
  }
}

/** Thrown when there is no answer. */
export class Unreachable extends Error {}

/** The entity tags of the answers that the page still has, by path. */
const tags = new Map();

async function send(path, options) {
  let response;
  let text;
  try {
    response = await fetch(path, {credentials: "same-origin", cache: "no-store", ...options});
    text = await response.text();
  } catch {
    throw new Unreachable("The server cannot be reached.");
  }
  if (response.status === 204 || response.status === 304) return null;
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = {title: response.ok ? "The answer is not JSON." : `${response.status} ${response.statusText}, from something between this page and the server`};
    if (response.ok) throw new ApiError(502, body);
  }
  if (!response.ok) {
    if (response.status === 401) document.dispatchEvent(new Event("login"));
    throw new ApiError(response.status, body);
  }
  const tag = response.headers.get("ETag");
  if (tag) tags.set(path, tag);
  return body;
}

/** Finds the API. */
export async function begin() {
  const live = await send("health/live", {signal: AbortSignal.timeout(MAX_WAIT)});
  base = live.api + "/";
  version = live.version;
  requiresKey = live.requires_key === true;
}

/** Reads a resource. Gives up in time, because a connection to a server that has vanished may never report an error. */
export const get = path => send(base + path, {signal: AbortSignal.timeout(MAX_WAIT)});
/** Reads a resource that this page has read before. Returns null if it has not changed since. */
export const getChanged = path => {
  const tag = tags.get(base + path);
  return send(base + path, {signal: AbortSignal.timeout(MAX_WAIT), headers: tag ? {"If-None-Match": tag} : {}});
};
export const put = path => send(base + path, {method: "PUT"});
export const post = (path, body) =>
  send(base + path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body ?? {})});
export const remove = path => send(base + path, {method: "DELETE"});
export const href = path => base + path;

/** Uploads an archive. Returns its plan, with the upload_id for the restore. */
export function upload(file, onProgress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.upload.onprogress = event => onProgress(event.loaded, event.total);
    request.onerror = () => reject(new Unreachable("The connection broke during the upload. Nothing was changed."));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    request.onload = () => {
      let body = {};
      try {
        body = JSON.parse(request.responseText);
      } catch {
        body.title = request.status === 413
          ? "The file is larger than the server, or a proxy before it, accepts."
          : `The server answered ${request.status}.`;
      }
      if (request.status === 200) resolve(body);
      else reject(new ApiError(request.status, body));
    };
    const form = new FormData();
    form.append("file", file);
    request.open("POST", base + "restore?dry_run=true");
    request.send(form);
  });
  return {done, cancel: () => request.abort()};
}

/** Follows a job by events, or by polling where a proxy delays them. Returns a function that stops it. */
export function follow(jobId, onJob) {
  const path = `jobs/${encodeURIComponent(jobId)}`;
  let timer;
  let heard = false;
  let stopped = false;
  const source = new EventSource(base + path + "/events");
  const stop = () => {
    stopped = true;
    source.close();
    clearTimeout(timer);
  };
  const take = job => {
    if (stopped) return;
    if (job.completed_at) stop();
    onJob(job);
  };
  const ask = async () => {
    if (stopped) return;
    try {
      take(await get(path));
    } catch {
      // app.js reports a lost server
    }
    if (!stopped) timer = setTimeout(ask, 2000);
  };
  source.onmessage = event => {
    heard = true;
    take(JSON.parse(event.data));
  };
  source.onerror = () => {
    heard = false;
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(ask, 1000);
  };
  timer = setTimeout(() => {
    if (!heard) ask();
  }, 5000);
  return stop;
}
