// What the place Proof asks of the server.

import { ask, dataOf } from "../api.mjs";

const CELLS = 2000;

/**
 * @typedef {{Volumes: number, Bytes: number, Checked: number, Damaged: number, Oldest: string | null, Newest: string | null, Name: string, Kind: string}} Cell
 * @typedef {{Volumes: number, Bytes: number, Checked: number, CheckedBytes: number, Damaged: number, Oldest: string | null, Newest: string | null, Cells: Cell[]}} Held
 */

/** What of a backup was read back and found good. @returns {Promise<Held>} */
export const readProof = (id) => dataOf(ask("GET", `v2/backup/${encodeURIComponent(id)}/proof?cells=${CELLS}`));

/** Each version, and its last restore for trial. @returns {Promise<{Version: number, Time: string, Drilled: string | null, Outcome: string, Files: number, Bytes: number, Damaged: number}[]>} */
export const readDrills = (id) => dataOf(ask("GET", `v2/backup/${encodeURIComponent(id)}/drills`));
export const startDrill = (id) => ask("POST", `v2/backup/${encodeURIComponent(id)}/drill`, {});

/** @param {number | null} samples null for all @returns {Promise<number>} the task */
export const verify = async (id, samples) => (await dataOf(ask("POST", `v2/backup/${encodeURIComponent(id)}/verify`, { Samples: samples, Depth: "content" }))).ID;
