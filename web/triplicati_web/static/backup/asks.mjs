// What the page of a backup asks of the server.

import { ask, dataOf } from "../api.mjs";
import { readBackup } from "../actions.mjs";
import { bare } from "../paths.mjs";
import { numbered, ordered, written } from "../wizard/filter_kinds.mjs";

/** By id, the worst first. */
export const readProblems = (id) => dataOf(ask("GET", `v2/run/${id}/problems`));

const CALLS = 500;

/** What a run asked of its destination, oldest first. @param {string} id @param {number} run */
export async function readRemoteCalls(id, run) {
  const found = [];
  for (let before = 0; ; ) {
    const rows = await ask("GET", `v1/backup/${id}/remotelog?offset=${before}&pagesize=${CALLS}`);
    found.push(...rows.filter((each) => each.OperationID === run));
    // Those of later runs come first.
    if (rows.length < CALLS || rows.at(-1).OperationID < run) break;
    before = rows.at(-1).ID;
  }
  return found.reverse().map((each) => ({ ...each, ...JSON.parse(each.Data || "{}") }));
}

/** Whether the destination of a saved backup answers. */
export const testTarget = (saved) => {
  const shared = saved.ConnectionStringID > 0 ? saved.ConnectionStringID : null;
  return ask("POST", "v2/destination/test", { DestinationUrl: saved.TargetURL, BackupId: saved.ID, ConnectionStringId: shared, AutoCreate: false });
};

/** Saves what `change` makes of a backup; stars stand for its secrets and stay. @param {string} id @param {(backup: any) => any} change */
async function changeBackup(id, change) {
  const { Backup, Schedule } = await readBackup(id);
  const { Metadata, ...members } = change(Backup);
  await ask("PUT", `v1/backup/${id}`, { Backup: members, Schedule });
}

/** Leaves a file or folder out of a backup from now on, before all other rules. */
export function excludePath(id, path) {
  const rule = { Include: false, Expression: written("path", path) };
  return changeBackup(id, (backup) => {
    const others = ordered(backup.Filters ?? []).filter((each) => each.Include || each.Expression !== rule.Expression);
    return { ...backup, Filters: numbered([rule, ...others]) };
  });
}

/** Takes a source out of a backup. */
export function removeSource(id, path) {
  return changeBackup(id, (backup) => ({ ...backup, Sources: backup.Sources.filter((each) => bare(each) !== bare(path)) }));
}
