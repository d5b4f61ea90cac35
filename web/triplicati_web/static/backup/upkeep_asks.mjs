// What the upkeep of a backup asks of the server.

import { ask, dataOf } from "../api.mjs";

const address = (id) => encodeURIComponent(id);

/** @param {string} id @param {"repair" | "compact" | "vacuum"} operation */
export const startUpkeep = (id, operation) => ask("POST", `v1/backup/${address(id)}/${operation}`, operation === "repair" ? {} : undefined);

/** Newest first, those that are whole left out. @returns {Promise<{FilesetID: number, FilesetTime: string, Files: {Path: string, Size: number}[]}[]>} */
export const readBroken = (id) => dataOf(ask("POST", "v2/backup/list-broken-files", { BackupId: id }));
export const purgeBroken = (id) => ask("POST", "v2/backup/purge-broken-files", { BackupId: id });

/** @param {string} id @param {string[]} paths */
export const previewPurge = (id, paths) => dataOf(ask("POST", `v2/backup/${address(id)}/purge/preview`, { Paths: paths }));
export const purge = (id, paths) => dataOf(ask("POST", `v2/backup/${address(id)}/purge`, { Paths: paths }));

/** @param {string} id @param {string} encryption aes, gpg or none @param {string} passphrase */
export const reencrypt = (id, encryption, passphrase) => ask("POST", "v2/backup/re-encrypt", { BackupId: id, NewPassphrase: passphrase || null, Encryption: encryption });

/** @param {string} id @param {string} time of the version, as the server told it */
export const deleteVersion = (id, time) => ask("POST", "v2/backup/delete-versions", { BackupId: id, Times: [time] });
