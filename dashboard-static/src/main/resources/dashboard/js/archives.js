// What the page says about an archive, wherever it shows it.
import {badge, isPast, prose, time} from "./dom.js";

export const path = id => `backup/${encodeURIComponent(id)}`;
export const isSafety = backup => String(backup?.backup_id).startsWith("pre-restore_");
export const isLocked = backup => new Date(backup.locked_until) > new Date();
export const isGood = backup => typeof backup?.backup_id === "string" && backup.status !== "unreadable" && !isSafety(backup)
  && backup.verified?.ok !== false && isPast(backup.created_at);

/** Returns whether an archive may be of the configured system and workspace. */
export const isOwn = (backup, current) => !current || backup?.status === "unreadable" || backup?.system === undefined
  || (backup.system === current.system && (backup.workspace ?? null) === current.workspace);

const GRADES = {
  fenced: "Capture: fenced. Writers were held during the backup, and nothing changed.",
  quiescent: "Capture: quiescent. Nothing was written during the backup.",
  fuzzy: "Capture: fuzzy. Something was written during the backup, or a store cannot tell. The stores may be captured at slightly different moments.",
};

/** How the stores were captured. It says whether writers were active, and nothing about integrity. */
export function capture(backup) {
  const grade = backup?.consistency?.grade;
  return {word: GRADES[grade] ? grade : "unknown", meaning: `${GRADES[grade] ?? "Capture: unknown."} This says nothing about integrity.`};
}

/** Everything that is known about the integrity of an archive, the worst first. Absent members are unknown. */
export function findings(backup) {
  const found = [];
  const {verified, check, drill, signature} = backup;
  if (verified?.ok === false) found.push(["bad", ["verification failed ", time(verified.at)], prose(verified.problem)]);
  if (check?.errors > 0) found.push(["bad", `check: ${check.errors} ${check.errors === 1 ? "error" : "errors"}`, "The reference check found references that lead nowhere."]);
  if (drill?.passed === false) found.push(["bad", ["drill failed ", time(drill.at)], "The last restore drill of this archive failed."]);
  if (signature === "untrusted") found.push(["bad", "not trusted", "The signature is not by a trusted key. A restore refuses the archive."]);
  if (drill?.passed === true) found.push(["ok", ["restore-tested ", time(drill.at)], "A restore drill restored this archive and proved the result."]);
  if (verified?.ok === true) found.push(["ok", ["verified ", time(verified.at)], "Every byte was read and every record decoded."]);
  else if (!verified) found.push(["idle", "not verified", "Verify reads every byte of the archive and decodes every record."]);
  if (signature === "valid") found.push(["ok", "signed", "The signature is by a trusted key."]);
  if (check && check.errors === 0) found.push(["ok", check.warnings ? `checked, ${check.warnings} warnings` : "checked", "The reference check found no errors."]);
  return found.map(finding => badge(...finding));
}

/** What distinguishes an archive from others. */
export const marks = backup => [
  isSafety(backup) && badge("back", "safety archive", "The data before a restore."),
  backup.local && badge("idle", "on the server's disk"),
  backup.pinned && badge("idle", "pinned", "Neither retention nor a user deletes it."),
  backup.acknowledged && badge("idle", "acknowledged", "A user confirmed that its counts are right."),
  backup.encrypted && badge("idle", "encrypted"),
  backup.consistency?.grade === "fuzzy" && badge("idle", "Capture: fuzzy", capture(backup).meaning),
  isLocked(backup) && badge("idle", "locked", "The repository refuses to delete it."),
].filter(Boolean);
