// What the pages of Restore ask of the server.

import { sendJobFile } from "../actions.mjs";
import { Refused, answered, ask, dataOf } from "../api.mjs";
import { download, keepAs } from "../download.mjs";

/** The moment of a version as the server takes it. @param {number} seconds */
const iso = (seconds) => new Date(seconds * 1000).toISOString();

/**
 * Newest first, each with its moment in seconds. Of a backup that is only opened here those that were read, too.
 * @param {string} id @param {boolean} [remote] by the names at the destination
 */
export async function readVersions(id, remote = false) {
  const rows = await dataOf(ask("POST", "v2/backup/list-filesets", { BackupId: id, ForceRemoteListing: remote }));
  return rows.map((row) => ({ ...row, at: Math.floor(Date.parse(row.Time) / 1000) }));
}

/** A page of a folder; the outermost folders for "". @param {number} size 0 for all */
export function readFolder(id, seconds, folder, page = 0, size = 500) {
  const paths = folder ? [folder] : [];
  return answered(ask("POST", "v2/backup/list-folder", { BackupId: id, Time: iso(seconds), Paths: paths, Page: page, PageSize: size }));
}

/** All entries of a folder. @returns {Promise<any[]>} */
export const readWholeFolder = async (id, seconds, folder) => (await readFolder(id, seconds, folder, 0, 0)).Data;

/** The versions that have a path, newest first. */
export const readLane = (id, path) => dataOf(ask("POST", "v2/backup/list-versions", { BackupId: id, Paths: [path], PageSize: 0 }));

const ESCAPED = /[.+^${}()|[\]\\]/g;

/** Names that hold the words; with a slash in them, whole paths. @param {string} words */
function pattern(words) {
  const exact = words.trim().replace(ESCAPED, "\\$&").replace(/\?/g, ".").replace(/\*/g, ".*");
  if (/[/\\]/.test(words)) return `[.*${exact}.*]`;
  return `[.*${exact}[^/\\\\]*[/\\\\]?]`;
}

/** A page of what a search over all versions finds. @param {AbortSignal} signal */
export function searchAll(id, words, page, signal) {
  const wanted = { BackupId: id, Filters: [pattern(words)], Page: page, PageSize: 2000 };
  return answered(ask("POST", "v2/backup/search", wanted, signal));
}

/** The beginning of a file. @param {number} version its number */
export function readPreview(id, path, version) {
  return dataOf(ask("GET", `v2/backup/${id}/file/preview?path=${encodeURIComponent(path)}&version=${version}`));
}

const downloadToken = async () => (await ask("POST", "v1/auth/issuetoken/download")).Token;

/** An address that gives the file once. */
export async function fileAddress(id, path, version, inline) {
  const query = new URLSearchParams({ path, version: String(version), inline: String(inline), token: await downloadToken() });
  return `./api/v2/backup/${id}/file?${query}`;
}

async function keepAnswer(answer, name) {
  if (!answer.ok || answer.headers.get("Content-Type")?.includes("json")) {
    const said = await answer.json().catch(() => ({}));
    throw new Refused(said.Error || answer.statusText, answer.status, said.StatusCode);
  }
  const told = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition") ?? "");
  download(told ? decodeURIComponent(told[1]) : name, await answer.blob());
}

const LARGE = 256 * 1024 * 1024;

/** Hands a file to the browser. @param {{Size: number}} file */
export async function downloadFile(id, path, version, file) {
  const name = path.split(/[/\\]/).filter(Boolean).at(-1) ?? path;
  const address = await fileAddress(id, path, version, false);
  // A large one goes to the disk by itself; of a small one an error can be told.
  if (file.Size > LARGE) keepAs(address, name);
  else await keepAnswer(await fetch(address), name);
}

/** Hands files and folders to the browser, packed. */
export async function downloadZip(id, paths, version) {
  const body = JSON.stringify({ Paths: paths, Version: version });
  const headers = { "Content-Type": "application/json" };
  const address = `./api/v2/backup/${id}/zip?token=${encodeURIComponent(await downloadToken())}`;
  await keepAnswer(await fetch(address, { method: "POST", headers, body }), "files.zip");
}

/**
 * What a restore is asked with, as the server takes it.
 * @param {{paths: string[], seconds: number, folder: string, overwrite: boolean, permissions: boolean, metadata: boolean, passphrase: string, copy: number}} wanted `copy` is that of a further
 *   destination to read from, 0 for none
 */
function restoreBody(wanted) {
  return {
    // Exactly these paths, whatever signs are in their names.
    paths: wanted.paths.map((path) => `@${path}`),
    time: iso(wanted.seconds),
    restore_path: wanted.folder || null,
    overwrite: wanted.overwrite,
    permissions: wanted.permissions,
    skip_metadata: !wanted.metadata,
    passphrase: wanted.passphrase || null,
    use_copy: wanted.copy,
  };
}

/** @param {AbortSignal} signal */
export const previewRestore = (id, wanted, signal) => dataOf(ask("POST", `v2/backup/${id}/restore/preview`, restoreBody(wanted), signal));

/** @returns {Promise<number>} the task */
export const startRestore = async (id, wanted) => (await ask("POST", `v1/backup/${id}/restore`, restoreBody(wanted))).ID;

/** @param {number} task */
export const readTask = (task) => ask("GET", `v1/task/${task}`);

/** The result of the run of a task, null where none was kept. */
export async function readResult(id, task) {
  const rows = await dataOf(ask("GET", `v2/backup/${id}/runs?limit=50`));
  const row = rows.find((each) => each.TaskID === task);
  return row ? await dataOf(ask("GET", `v2/run/${row.ID}`)) : null;
}

/** Keeps a backup in memory that is only read from. @returns {Promise<string>} its id */
export async function openAddress(address, passphrase, prefix) {
  const settings = [passphrase && ["passphrase", passphrase], prefix && ["prefix", prefix]];
  const backup = {
    Name: address.replace(/\?.*$/, ""),
    TargetURL: address,
    Sources: [],
    Settings: settings.filter(Boolean).map(([Name, Value]) => ({ Name, Value })),
  };
  return (await ask("POST", "v1/backups?temporary=true", { Backup: backup, Schedule: null })).ID;
}

/** The same of a job file. @param {File} file */
export function openFile(file, filePassphrase, passphrase) {
  const replaced = passphrase ? { replace_settings: { passphrase } } : {};
  return sendJobFile(file, { passphrase: filePassphrase, temporary: true, ...replaced });
}

/** A copy in memory that has the passphrase. @returns {Promise<string>} its id */
export async function unlock(id, passphrase) {
  const copy = (await ask("POST", `v1/backup/${id}/copytotemp`)).ID;
  const { Backup: backup } = await ask("GET", `v1/backup/${copy}`);
  const others = backup.Settings.filter((each) => !["passphrase", "--passphrase"].includes(each.Name));
  const settings = [...others, { Name: "passphrase", Value: passphrase }];
  await ask("PUT", `v1/backup/${copy}`, { Backup: { ...backup, Settings: settings }, Schedule: null });
  return copy;
}

/** Reads the versions from the destination. @returns {Promise<number>} the task */
export const startReading = async (id) => (await ask("POST", `v1/backup/${id}/repair`)).ID;
