// What the steps ask of the server.

import { ask, dataOf } from "../api.mjs";

const told = (path, body, signal) => dataOf(ask("POST", path, body, signal));

/** @param {string} path @param {boolean} hidden whether hidden ones too @param {AbortSignal} [signal] */
export const readFolder = (path, hidden, signal) => ask("POST", `v1/filesystem?showHidden=${hidden}`, { path }, signal);
export const checkPath = (path) => ask("POST", "v1/filesystem/validate", { path });
export const readFilterGroups = async () => (await ask("GET", "v1/systeminfo/filtergroups")).FilterGroups;
export const tryFilters = (wanted, signal) => told("v2/filesystem/test-filter", wanted, signal);
export const previewFilters = (wanted, signal) => told("v2/filters/preview", wanted, signal);
export const previewSchedule = (wanted, signal) => told("v2/schedule/preview", wanted, signal);
/** @param {string | null | undefined} id that of a saved backup, whose versions count */
export const previewRetention = (id, wanted, signal) => told(id ? `v2/backup/${id}/retention/preview` : "v2/retention/preview", wanted, signal);
