// What the comparison of two versions asks of the server.

import { ask, dataOf } from "../api.mjs";

const MOST = 200;

/** @param {string} id @param {number} base @param {number} target their numbers @param {string} folder "" for the lowest with all changes */
export const readChanges = (id, base, target, folder) =>
  dataOf(ask("POST", `v2/backup/${encodeURIComponent(id)}/compare`, { Base: base, Target: target, Folder: folder, Limit: MOST }));
