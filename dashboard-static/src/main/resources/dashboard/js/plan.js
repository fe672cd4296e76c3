// What a restore would do: the steps, which data it replaces with which archive, the counts, and other targets.
import {badge, button, bytes, exact, h, number, scrolling, signed, time} from "./dom.js";
import {capture} from "./archives.js";
import {environment} from "./health.js";
import {ROLES, scope} from "./stores.js";

const STEPS = ["Archive", "Plan", "Restore", "Result"];

/** Shows where in a restore the user is. @param at the index of the present step */
export const steps = at => h("ol", {class: "steps", "aria-label": "Steps"}, STEPS.map((name, i) =>
  h("li", {class: i < at ? "past" : null, "aria-current": i === at ? "step" : null}, h("span", {"aria-hidden": "true"}, i < at ? "✓" : i + 1), " ", name)));

/** The word that a user types to confirm. */
export const confirmation = () => environment?.name ?? "replace";

/** Which archive replaces the data of which system. */
export function identity(plan, chosen, manifest) {
  const row = (name, value) => value ? h("div", {}, h("dt", {}, name), h("dd", {}, value)) : null;
  return h("div", {class: "identity"},
    h("div", {}, h("p", {class: "eyebrow"}, "This archive"), h("dl", {class: "facts"},
      row("File", chosen && `${chosen.name}, ${bytes(chosen.size)}`), row("Archive", plan.backup_id),
      row("Made", plan.created_at && [exact(plan.created_at), ", ", time(plan.created_at)]), row("Note", plan.note),
      row("Capture", manifest && capture(manifest).word))),
    h("div", {class: "into"}, h("p", {class: "eyebrow"}, "replaces the data of"), h("dl", {class: "facts"},
      row("System", [environment ? h("span", {class: "environment"}, environment.name) : null, " ", location.host]),
      row("Workspace", plan.workspace))));
}

/** One store of the plan: which data is replaced, and where the archive's data came from. */
export function target(role, live, archived, box, contents) {
  return h("div", {class: `target ${role}`},
    h("label", {class: "check"}, box, h("span", {class: "dot", "aria-hidden": "true"}), h("strong", {}, ROLES[role])),
    h("dl", {class: "facts"},
      h("div", {}, h("dt", {}, "Replaces"), h("dd", {}, live?.place ?? live?.backend ?? "unknown", scope(live?.scope))),
      archived ? h("div", {}, h("dt", {}, "Saved from"), h("dd", {}, archived.product, JSON.stringify(archived.scope) === JSON.stringify(live?.scope) ? null : scope(archived.scope))) : null),
    contents);
}

/** The name of a count. Collections and namespaces keep their own names. */
const label = name => /^(vectors|kv)\./.test(name)
  ? name.replace(/^vectors\./, "Vectors: ").replace(/^kv\./, "Documents: ") : name.replaceAll("_", " ");

/** The counts of both sides. Those that do not change are folded. */
export function counts(plan) {
  const names = [...new Set([...Object.keys(plan.archive), ...Object.keys(plan.live)])];
  const same = names.filter(name => !plan.changes[name]);
  const cell = (text, kind = "") => h("td", {class: `n ${kind}`}, text);
  const row = name => {
    const change = plan.changes[name] ?? 0;
    return h("tr", {}, h("th", {scope: "row"}, label(name)), cell(number(plan.archive[name] ?? 0)), cell(number(plan.live[name] ?? 0)),
      cell(signed(change), change < 0 ? "less" : change > 0 ? "more" : "muted"));
  };
  const rest = h("tbody", {hidden: true}, same.map(row));
  const fold = button(`Show ${same.length} unchanged`, () => {
    rest.hidden = !rest.hidden;
    fold.textContent = `${rest.hidden ? "Show" : "Hide"} ${same.length} unchanged`;
  }, {class: "quiet"});
  return h("div", {}, scrolling("Counts", "scroll", h("table", {class: "plan"},
    h("caption", {}, "Counts"),
    h("thead", {}, h("tr", {}, h("td", {}), ["in the archive", "live now", "change"].map(name => h("th", {scope: "col", class: "n"}, name)))),
    same.length === names.length ? h("tbody", {}, h("tr", {}, h("td", {colspan: "4"}, "No count would change."))) : h("tbody", {}, names.filter(name => plan.changes[name]).map(row)), rest)),
  same.length ? fold : null);
}

const CONTENTS = {equal: ["ok", "same contents"], different: ["warn", "contents differ"], unknown: ["idle", "contents cannot be compared"]};
export const contents = result => badge(...CONTENTS[result] ?? CONTENTS.unknown);

/** The fields for a restore into another workspace or into other stores. @param plan makes a new plan with the options */
export function otherTarget(options, plan) {
  const workspace = h("input", {autocomplete: "off", spellcheck: "false", value: options.workspace ?? "", placeholder: "as in the archive"});
  const replace = h("input", {type: "checkbox", checked: options.replace === true});
  const convert = h("input", {type: "checkbox", checked: options.convert === true});
  const again = button("Plan again", () => plan({
    ...workspace.value.trim() ? {workspace: workspace.value.trim(), ...replace.checked ? {replace: true} : {}} : {},
    ...convert.checked ? {convert: true} : {}}));
  return h("details", {class: "other", open: Object.keys(options).length > 0}, h("summary", {}, "Restore as another workspace, or into other stores"),
    h("label", {}, "Workspace", workspace),
    h("label", {class: "check"}, replace, "Replace what this workspace contains"),
    h("label", {class: "check"}, convert, "Convert the archive if the stores are of another kind"),
    h("div", {class: "actions left"}, again));
}
