// The texts of the page in the language that was chosen, and numbers and times as that language writes them.

import { signal } from "./vendor/signals-core.mjs";
import english from "./words/en.mjs";
import { read, write } from "./choices.mjs";

export const LANGUAGES = { en: "English", de: "Deutsch" };
const words = signal(english);
export const language = signal("en");

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

/** A text that depends on a number, which is `{n}` in it. @param {string} key @param {number} n @param {Record<string, unknown>} [values] */
export function count(key, n, values = {}) {
  const form = new Intl.PluralRules(language.value).select(n) === "one" ? "one" : "other";
  return t(`${key}.${form}`, { ...values, n: number(n) });
}

/** @param {number} value @param {number} [digits] after the point */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
}
