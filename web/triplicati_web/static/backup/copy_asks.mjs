// What is asked of the server about the further destinations of a backup.

import { ask, dataOf } from "../api.mjs";

const address = (id) => `v2/backup/${encodeURIComponent(id)}/copies`;

/**
 * How far each is, in their order; `Number` is from 1.
 * @param {string} id
 * @returns {Promise<{Number: number, Target: string, Mode: string, Copied: string | null, Version: string | null, Behind: number | null, Error: string, Failed: string | null}[]>}
 */
export const readCopies = (id) => dataOf(ask("GET", address(id)));
export const copyNow = (id) => dataOf(ask("POST", address(id)));
/** Reads some of its volumes back. @param {string} id @param {number} number */
export const testCopy = (id, number) => dataOf(ask("POST", `${address(id)}/verify`, { Number: number }));
