// How a backup stands, from what the server tells: pure.

import { stamp } from "../format.mjs";

/** Worst first. */
const ORDER = ["failed", "late", "warnings", "never", "paused", "waiting", "running", "stopping", "ok"];
const WAITING = ["waiting-network", "waiting-power", "waiting-drive", "waiting-turn"];

/**
 * @typedef {{
 *   state: "failed" | "late" | "warnings" | "never" | "paused" | "waiting" | "running" | "stopping" | "ok",
 *   why: string, last: Date | null, next: Date | null,
 * }} Standing
 */

/** How the last run ended. */
function outcome(metadata, last) {
  const error = stamp(metadata.LastErrorDate);
  if (error && (!last || error > last)) return "failed";
  if (!last) return "never";
  return { Error: "failed", Fatal: "failed", Warning: "warnings" }[metadata.LastBackupResult] ?? "ok";
}

/** @returns {Standing} */
export function standing(backup, { tasks, stopping, schedule, server }) {
  const last = stamp(backup.Metadata.LastBackupFinished);
  const plan = schedule.find((each) => each.BackupId === backup.Id);
  const next = plan && !backup.SchedulePaused ? new Date(plan.Due * 1000) : null;
  // A run that failed has ended too.
  const failed = stamp(backup.Metadata.LastErrorDate);
  const shown = failed && (!last || failed > last) ? failed : last;
  const made = (state, why = "") => ({ state, why, last: shown, next });

  const task = tasks.find((each) => each.BackupId === backup.Id && each.State === "running");
  if (task) return made(stopping === task.Id ? "stopping" : "running");
  if (tasks.some((each) => each.BackupId === backup.Id && each.State === "waiting")) {
    return made(server?.State === "Paused" ? "paused" : "waiting");
  }
  const ended = outcome(backup.Metadata, last);
  if (ended === "failed") return made("failed", backup.Metadata.LastErrorMessage ?? "");
  if (plan?.Overdue) return made("late", plan.Text);
  if (plan && WAITING.includes(plan.Reason)) return made("waiting", plan.Text);
  if (ended === "ok" && backup.SchedulePaused) return made("paused");
  return made(ended);
}

/** The worst state of all, and those that have it. @param {[any, Standing][]} all */
export function worst(all) {
  const rank = ([, { state }]) => ORDER.indexOf(state);
  const lowest = Math.min(...all.map(rank));
  return { state: ORDER[lowest], whose: all.filter((each) => rank(each) === lowest).map(([backup]) => backup) };
}
