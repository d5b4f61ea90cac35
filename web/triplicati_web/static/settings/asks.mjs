// What the settings ask of the server.

import { ask, dataOf } from "../api.mjs";

const TOKENS = "v2/auth/tokens";

/** @returns {Promise<{Certificate: {Names: string[], Expires: string, SHA256: string, Own: boolean} | null, HasAuthority: boolean, DataFolder: string}>} */
export const readAccess = () => dataOf(ask("GET", "v2/server/access"));
/** @returns {Promise<string>} as PEM */
export const readAuthority = () => ask("GET", "v2/server/authority");
export const readTokens = () => dataOf(ask("GET", TOKENS));
/** @param {string} name @param {number} days @returns {Promise<{Row: any, Token: string}>} */
export const makeToken = (name, days) => dataOf(ask("POST", TOKENS, { Name: name, Days: days }));
/** @param {string} id */
export const revokeToken = (id) => dataOf(ask("DELETE", `${TOKENS}/${id}`));
/** @param {Record<string, string>} options @returns {Promise<{Kind: string, Sent: boolean, Message: string}[]>} */
export const testReports = (options) => dataOf(ask("POST", "v2/reports/test", { Options: options }));
export const readLicenses = () => ask("GET", "v1/licenses");
export const readChangelog = async () => (await ask("GET", "v1/changelog")).Changelog;
