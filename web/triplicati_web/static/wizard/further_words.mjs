// Further destinations as the API takes them, and how often each gets a copy: pure.

import { count, t } from "../words.mjs";
import { plainly } from "./address.mjs";

/**
 * @typedef {{TargetUrl: string, UrlKey: string | null, Mode: string, Interval: string | null, ConnectionStringID: number, Options: Record<string, string | null>}} Target
 */

const SPAN = /^\s*(\d{1,4})\s*([hD])\s*$/;

/** @param {string} url @returns {Target} */
export const fresh = (url) => ({ TargetUrl: url, UrlKey: null, Mode: "inline", Interval: null, ConnectionStringID: -1, Options: {} });

/** "each", "days", "hours" or "counting", with its number; "other" for an interval that only a text can say. @param {Target} target @returns {[string, string]} */
export function often({ Mode, Interval, Options }) {
  if (Mode === "counting") return ["counting", Options?.count ?? "1"];
  if (Mode !== "interval") return ["each", "1"];
  const parts = SPAN.exec(Interval ?? "");
  return parts ? [parts[2] === "D" ? "days" : "hours", parts[1]] : ["other", Interval ?? ""];
}

/** @param {Target} target @param {string} rule @param {string} number @returns {Target} */
export function copied(target, rule, number) {
  const { count: _, ...options } = target.Options ?? {};
  const bare = { ...target, Interval: null, Options: options };
  if (rule === "counting") return { ...bare, Mode: "counting", Options: { ...options, count: number } };
  if (rule === "days") return { ...bare, Mode: "interval", Interval: `${number}D` };
  if (rule === "hours") return { ...bare, Mode: "interval", Interval: `${number}h` };
  if (rule === "other") return { ...bare, Mode: "interval", Interval: number };
  return { ...bare, Mode: "inline" };
}

/** @param {Target} target */
export function oftenWords(target) {
  const [rule, number] = often(target);
  if (rule === "counting") return count("further.said-counting", Number(number));
  if (rule === "days") return count("further.said-days", Number(number));
  if (rule === "hours") return count("further.said-hours", Number(number));
  return rule === "other" ? t("further.said-other", { interval: number }) : t("further.said-each");
}

/** @param {Target} target */
export const placeWords = ({ TargetUrl }) => plainly(TargetUrl) || t("further.nowhere");
