// What the tabs of Activity ask of the server.

import { ask, dataOf } from "../api.mjs";
import { readBackup } from "../actions.mjs";

const MOST_DUE = 50;
const NEWEST = 500;

/** @param {number} days @returns {Promise<{Zone: string, Days: any[]}>} */
const readSummary = (id, days) => dataOf(ask("GET", `v2/backup/${id}/runs/summary?days=${days}`));

/** The newest lines with a number above `after`, oldest first. @param {string} level @param {number} after @param {AbortSignal} signal */
export const readLines = (level, after, signal) =>
  ask("GET", `v1/logdata/poll?level=${level}&id=${after}&pagesize=${NEWEST}`, undefined, signal);

/** The runs by days, and when it is due from now on. @param {{Id: string, Scheduled: boolean, SchedulePaused: boolean}} backup @param {number} days */
export async function readDays(backup, days) {
  const { Days } = await readSummary(backup.Id, days);
  return { backup, days: Days, due: backup.Scheduled && !backup.SchedulePaused ? await readDue(backup.Id) : [] };
}

async function readDue(id) {
  const { Schedule } = await readBackup(id);
  // One that does not repeat has no rule to look ahead with.
  if (!Schedule?.Repeat) return [];
  const rows = await dataOf(ask("POST", "v2/schedule/preview", { ...Schedule, Count: MOST_DUE }));
  return rows.map((each) => each.Local);
}
