// What the wizard asks of the server.

import { readBackup } from "../actions.mjs";
import { ask, dataOf } from "../api.mjs";

export const readDefaults = () => ask("GET", "v1/backupdefaults");
export const readKinds = () => ask("GET", "v1/backendmodules");
export const readEncryptions = () => ask("GET", "v1/encryptionmodules");
export const readShared = () => dataOf(ask("GET", "v2/connection-strings"));

/** The place that a draft leads to, as the server takes it: stars are filled in from the saved backup. */
const place = ({ Backup }) => ({
  DestinationUrl: Backup.TargetURL,
  BackupId: Backup.ID || null,
  ConnectionStringId: Backup.ConnectionStringID > 0 ? Backup.ConnectionStringID : null,
});

/** @returns {Promise<{Success: boolean, Error: string | null, StatusCode: string, Data: any}>} */
export const testDestination = (draft, create = false) => ask("POST", "v2/destination/test", { ...place(draft), AutoCreate: create });
/** Tries a further destination: stars are filled in from the one that is saved with its key. @returns {Promise<any>} */
export const testFurther = ({ Backup }, { TargetUrl, UrlKey, ConnectionStringID }, create = false) =>
  ask("POST", "v2/destination/test", {
    DestinationUrl: TargetUrl, BackupId: Backup.ID || null, TargetKey: UrlKey ?? "",
    ConnectionStringId: ConnectionStringID > 0 ? ConnectionStringID : null, AutoCreate: create,
  });
/** What backups are there already. @returns {Promise<{Success: boolean, Error: string | null, Data: any[] | null}>} */
export const readHeld = (draft) => ask("POST", "v2/destination/holds", place(draft));
/** @param {string} path "" for where one can begin @param {AbortSignal} signal @returns {Promise<{text: string, id: string, resolvedpath?: string}[]>} */
export const readFolders = (path, signal) => ask("POST", "v1/filesystem?onlyFolders=true", { path }, signal);
export const makeFolder = (url) => ask("POST", "v1/remoteoperation/create", { path: url });

/** @param {import("./draft.mjs").Draft} draft @returns {Promise<{Target: string, Backup: string, Restore: string}>} */
export const readCommands = ({ Backup }) => dataOf(ask("POST", "v2/backups/commands", { Backup }));

/** @param {import("./draft.mjs").Draft} draft @param {boolean} existing whether a local database of the destination is to be used */
export async function saveNew(draft, existing) {
  return (await ask("POST", `v1/backups?existingdb=${existing}`, draft)).ID;
}

/** Replaces a saved backup; what a run wrote since it was read stays. @param {import("./draft.mjs").Draft} draft @param {import("./draft.mjs").Draft} before */
export async function saveChanged(draft, before) {
  const { ID, Metadata, ...members } = draft.Backup;
  const same = JSON.stringify(draft.Schedule) === JSON.stringify(before.Schedule);
  const Schedule = same ? (await readBackup(ID)).Schedule : draft.Schedule;
  await ask("PUT", `v1/backup/${ID}`, { Backup: { ...members, ID }, Schedule });
  return ID;
}

export const rebuildDatabase = (id) => ask("POST", `v1/backup/${id}/repair`, {});
