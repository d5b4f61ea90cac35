// What the page can ask of the server, by name. Components call these and know nothing of addresses.

import { ask, dataOf, dropToken } from "./api.mjs";
import { forget } from "./session.js";
import { overdue, proofs, runDays, told } from "./state.mjs";
import { t } from "./words.mjs";

const DAYS = 30;

/** @param {unknown} error @returns {string} */
export const inWords = (error) => (error instanceof TypeError || !(error instanceof Error) ? t("problem.no-answer") : error.message);

/** Does it and says so; what went wrong is told too, and gives null. */
export async function attempt(work, done) {
  try {
    const found = await work();
    if (done) told.value = { text: done, bad: false };
    return found ?? true;
  } catch (error) {
    told.value = { text: inWords(error), bad: true };
    return null;
  }
}

export const runBackup = (id) => ask("POST", `v1/backup/${id}/run`);
const STOPS = { file: (id) => `v1/task/${id}/stop`, now: (id) => `v2/task/${id}/stop-now`, abort: (id) => `v1/task/${id}/abort` };
/** @param {number} task @param {"file" | "now" | "abort"} kind */
export const stopTask = (task, kind) => ask("POST", STOPS[kind](task));
export const orderTasks = (ids) => ask("POST", "v2/tasks/order", { IDs: ids });
/** @param {string} duration as in "1h"; "" is until resumed */
export const pauseAll = (duration) => ask("POST", `v1/serverstate/pause?duration=${duration}`);
export const resumeAll = () => ask("POST", "v1/serverstate/resume");
export const pauseSchedule = (id) => ask("POST", `v2/backup/${id}/schedule/pause`);
export const resumeSchedule = (id) => ask("POST", `v2/backup/${id}/schedule/resume`);
export const dismiss = (id) => ask("DELETE", `v1/notification/${id}`);
export const dismissAll = () => ask("DELETE", "v1/notifications");
export const testNotification = () => ask("POST", "v1/notification/test");
/** @param {string} id of an address, perhaps of none @returns {Promise<{Backup: any, Schedule: any}>} */
export const readBackup = (id) => ask("GET", `v1/backup/${encodeURIComponent(id)}`);
export const readSettings = () => ask("GET", "v1/serversettings");
export const changeSettings = (changes) => ask("PATCH", "v1/serversettings", changes);
export const readSystem = () => ask("GET", "v1/systeminfo");
export const readPlan = () => dataOf(ask("GET", "v2/schedule"));

/** @param {string} id @param {number} [before] */
export function readRuns(id, before) {
  const from = before === undefined ? "" : `&before=${before}`;
  return dataOf(ask("GET", `v2/backup/${id}/runs?limit=50${from}`));
}

/** With all lines of its log. */
export const readRun = (id) => dataOf(ask("GET", `v2/run/${id}?pagesize=10000`));

/** @type {Promise<void> | null} */
let refreshing = null;
let stale = false;

/** Loads how the backups ended on each of the last 30 days; who asks while that goes on shares one more round. */
export function refreshRuns() {
  stale = true;
  refreshing ??= rounds().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function rounds() {
  while (stale) {
    stale = false;
    await readDays();
  }
}

async function readDays() {
  const found = await dataOf(ask("GET", `v2/runs/days?days=${DAYS}`));
  runDays.value = Object.fromEntries(found.map((each) => [each.BackupID, each.Days]));
  const totals = await dataOf(ask("GET", "v2/proof"));
  proofs.value = Object.fromEntries(totals.map((each) => [each.BackupID, each]));
  overdue.value = Object.fromEntries((await readPlan()).Overdue.map((each) => [each.BackupID, new Date(each.Since)]));
}

/** @param {string} id @param {{files: boolean, database: boolean}} wanted */
export function deleteBackup(id, { files, database }) {
  return ask("DELETE", `v1/backup/${id}?delete-remote-files=${files}&delete-local-db=${database}`);
}

/** Saves the backup of a job file. @param {File} file @param {Record<string, unknown>} members of the request @returns {Promise<string>} its id */
export async function sendJobFile(file, members) {
  let text = "";
  for (const byte of new Uint8Array(await file.arrayBuffer())) text += String.fromCharCode(byte);
  return (await ask("POST", "v1/backups/import", { config: btoa(text), direct: true, ...members })).Id;
}

/** @param {File} file @param {string} passphrase @param {boolean} due whether its schedule is to count @returns {Promise<string>} the id of what it became */
export function importFile(file, passphrase, due) {
  return sendJobFile(file, { passphrase, schedule_paused: !due });
}

export async function signOut() {
  dropToken();
  await forget();
  location.replace("./login.html");
}

export async function signOutEverywhere() {
  await ask("POST", "v2/auth/logout-everywhere");
  await signOut();
}
