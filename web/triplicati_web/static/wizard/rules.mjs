// How long versions are kept, as options say it and as people choose it.

import { setting, withSetting } from "./draft.mjs";

const NAMES = ["keep-versions", "keep-time", "retention-policy"];
export const SMART = "1W:1D,4W:1W,12M:1M";
const DEFAULTS = { versions: ["keep-versions", "30"], time: ["keep-time", "1Y"], smart: ["retention-policy", SMART], custom: ["retention-policy", SMART] };

/** @typedef {"all" | "versions" | "time" | "smart" | "custom"} Keeping */

/** The options that the draft says. @param {import("./draft.mjs").Draft} draft @returns {Record<string, string>} */
export function given(draft) {
  const pairs = NAMES.map((name) => [name, (setting(draft, name) ?? "").trim()]);
  return Object.fromEntries(pairs.filter(([name, value]) => value && !(name === "keep-versions" && value === "0")));
}

/** @param {import("./draft.mjs").Draft} draft @returns {Keeping} */
export function keepingOf(draft) {
  const rule = given(draft);
  if (rule["retention-policy"]) return rule["retention-policy"].replace(/\s/g, "") === SMART ? "smart" : "custom";
  if (rule["keep-time"]) return "time";
  return rule["keep-versions"] ? "versions" : "all";
}

/** With that rule and no other. @param {import("./draft.mjs").Draft} draft @param {Keeping} keeping */
export function keeping(draft, keeping) {
  const [name, usual] = DEFAULTS[keeping] ?? [];
  const before = name && (given(draft)[name] ?? usual);
  const value = keeping === "smart" ? SMART : before;
  const cleared = NAMES.reduce((next, each) => (each === name ? next : withSetting(next, each, null)), draft);
  return name ? withSetting(cleared, name, value) : cleared;
}
