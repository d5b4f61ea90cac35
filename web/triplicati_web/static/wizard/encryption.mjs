// How the volumes of a backup are locked, and passphrases that are made up here.

import { setting, withSetting } from "./draft.mjs";

const LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";
const GROUPS = 6;
const GROUP = 5;

/** @param {import("./draft.mjs").Draft} draft @returns {string} "aes", "gpg" or "none" */
export function encryptionOf(draft) {
  const plain = setting(draft, "no-encryption");
  return plain !== null && !/^(false|0|off|no)$/i.test(plain ?? "") ? "none" : setting(draft, "encryption-module") || "aes";
}

/** @param {import("./draft.mjs").Draft} draft @param {string} kind */
export function withEncryption(draft, kind) {
  if (kind === "none") {
    const plain = withSetting(withSetting(draft, "passphrase", null), "encryption-module", null);
    return withSetting(plain, "--no-encryption", "true");
  }
  return withSetting(withSetting(draft, "no-encryption", null), "encryption-module", kind);
}

/** Whether the server has it and shows stars for it. @param {string | null} value */
export const isStored = (value) => /^\*{4,}$/.test(value ?? "");

/** 150 random bits in letters that are not mixed up by hand, in groups. */
export function madeUp() {
  const bytes = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP));
  const letters = Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]);
  return Array.from({ length: GROUPS }, (_, group) => letters.slice(group * GROUP, (group + 1) * GROUP).join("")).join("-");
}
