// The texts of the page in the language that was chosen, and numbers and times as that language writes them.

import { signal } from "./vendor/signals-core.mjs";
import english from "./words/en.mjs";
import { read, write } from "./choices.mjs";

export const LANGUAGES = { en: "English", de: "Deutsch" };
const words = signal(english);
export const language = signal("en");

/** As whom dates and numbers are written for: the browser's own kind of the language, such as en-GB, where it has one. */
export const locale = () => navigator.languages.find((each) => each.slice(0, 2) === language.value) ?? language.value;

/** @param {string} wanted */
async function speak(wanted) {
  words.value = wanted === "de" ? (await import("./words/de.mjs")).default : english;
  language.value = wanted;
  document.documentElement.lang = wanted;
}

export async function speakAsChosen() {
  const wanted = read("language") || navigator.language.slice(0, 2);
  if (wanted !== "en" && wanted in LANGUAGES) await speak(wanted);
}

/** @param {string} wanted */
export async function choose(wanted) {
  write("language", wanted);
  await speak(wanted);
}

/** @param {string} key @param {Record<string, unknown>} [values] for the names in braces */
export function t(key, values = {}) {
  return words.value[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** @type {Map<string, any>} */
const made = new Map();

/**
 * One of the formatters of `Intl`, made once: to make one takes longer than to write many dates with it.
 * @template {"DateTimeFormat" | "NumberFormat" | "PluralRules" | "RelativeTimeFormat"} K
 * @param {K} kind @param {string} where the locale @param {Record<string, unknown>} [options]
 * @returns {InstanceType<typeof Intl[K]>}
 */
export function formatter(kind, where, options) {
  const key = `${kind} ${where} ${JSON.stringify(options)}`;
  if (!made.has(key)) made.set(key, new /** @type {any} */ (Intl[kind])(where, options));
  return made.get(key);
}

/** A text that depends on a number, which is `{n}` in it. @param {string} key @param {number} n @param {Record<string, unknown>} [values] */
export function count(key, n, values = {}) {
  const form = formatter("PluralRules", language.value).select(n) === "one" ? "one" : "other";
  return t(`${key}.${form}`, { ...values, n: number(n) });
}

/** @param {number} value @param {number} [digits] after the point */
export function number(value, digits = 0) {
  return formatter("NumberFormat", locale(), { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
}
