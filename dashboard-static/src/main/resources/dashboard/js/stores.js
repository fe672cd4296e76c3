import {$, badge, bytes, failure, guarded, h, number, prose, show} from "./dom.js";

export const ROLES = {graph: "Graph", vector: "Vectors", kv: "Documents"};

/** Shows the scope of a store: setting names and values. */
export const scope = all => h("span", {class: "scope"}, Object.entries(all ?? {}).map(([name, value]) => h("span", {}, `${name} = ${value}`)));

const card = (role, store) => h("article", {class: `card ${role}`},
  h("header", {},
    h("h3", {}, h("span", {class: "dot", "aria-hidden": "true"}), ROLES[role] ?? role),
    store.reachable
      ? store.warning ? badge("warn", "needs attention") : badge("ok", "reachable")
      : badge("bad", "not reachable")),
  h("p", {class: "muted"}, [store.product ?? store.backend, store.version === "unknown" ? null : store.version].filter(Boolean).join(" ")),
  store.reachable ? counts(store.counts) : null,
  store.why_not || store.warning
    ? h("div", {class: store.reachable ? "hint" : "failure"}, h("p", {}, prose(store.why_not ?? store.warning)), store.remedy ? h("p", {}, prose(store.remedy)) : null)
    : null,
  h("p", {class: "muted"}, scope(store.scope)));

function counts(all) {
  const entries = Object.entries(all);
  if (!entries.length) return h("p", {class: "empty"}, "empty");
  return h("dl", {class: "counts"}, entries.map(([name, count]) => h("div", {}, h("dt", {}, name.replaceAll("_", " ")), h("dd", {}, number(count)))));
}

export function showStores(stack) {
  const place = $("stores");
  place.removeAttribute("aria-busy");
  show(place, stack, all => Object.keys(ROLES).filter(role => all[role]).map(role =>
    guarded(() => card(role, all[role]), () => failure({message: `${ROLES[role]}: the server's answer about this store cannot be shown.`}))));
  const {kind, location, free_bytes: free} = stack.repository ?? {};
  $("repository").textContent = kind ? `In ${location}, ${free === null ? "free space unknown" : bytes(free) + " free"}` : "";
}
