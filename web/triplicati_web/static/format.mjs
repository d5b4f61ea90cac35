// Sizes, lengths of time and moments, for people.

import { server } from "./state.mjs";
import { count, formatter, language, locale, number, t } from "./words.mjs";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const DAY = 86_400_000;
const NOWHERE = "–";
const CLOCK = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const SECONDS = /** @type {const} */ ({ second: "2-digit" });

/** @param {number} bytes @returns {string} such as "48.2 GiB" */
export function size(bytes) {
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < UNITS.length - 1; unit += 1) value /= 1024;
  return `${number(value, unit ? 1 : 0)} ${UNITS[unit]}`;
}

/** @param {number} seconds @returns {string} such as "12 min" or "2 h 5 min" */
export function length(seconds) {
  if (seconds < 60) return `${number(Math.max(0, Math.round(seconds)))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** Time left as a range. @param {[number, number]} range seconds */
export function range([low, high]) {
  const [from, to] = [length(low), length(high)];
  return from === to ? from : `${from} – ${to}`;
}

/** The zone in which times are shown: that of the server, where the backups run. */
export function zone() {
  return server.value?.Zone || Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function written(moment, options) {
  try {
    return formatter("DateTimeFormat", locale(), { ...options, timeZone: zone() }).format(moment);
  } catch {
    // The browser does not know the zone of the server.
    return formatter("DateTimeFormat", locale(), options).format(moment);
  }
}

function dayNumber(moment) {
  const [year, month, day] = dayOf(moment).split("-").map(Number);
  return Date.UTC(year, month - 1, day) / DAY;
}

/** The day of a moment in the zone of the server, as 2026-03-01. @param {Date} moment */
export function dayOf(moment) {
  try {
    return formatter("DateTimeFormat", "en-CA", { timeZone: zone() }).format(moment);
  } catch {
    return formatter("DateTimeFormat", "en-CA").format(moment);
  }
}

/** The name of that zone where the clock of this browser shows another time. @param {Date} moment */
export function otherZone(moment) {
  const here = formatter("DateTimeFormat", locale(), { ...CLOCK, day: "numeric" }).format(moment);
  return here === written(moment, { ...CLOCK, day: "numeric" }) ? "" : zone();
}

/** Relative up to a week. @param {Date | null} moment */
export function when(moment, seconds = false) {
  if (!moment) return NOWHERE;
  const time = clock(moment, seconds);
  const days = dayNumber(moment) - dayNumber(new Date());
  if (Math.abs(days) > 6) return written(moment, { day: "numeric", month: "short", year: "numeric", ...CLOCK, ...(seconds ? SECONDS : {}) });
  if (Math.abs(days) > 1) return `${written(moment, { weekday: "long" })} ${time}`;
  const day = formatter("RelativeTimeFormat", language.value, { numeric: "auto" }).format(days, "day");
  return `${day} ${time}`;
}

/** The time of the day alone. @param {Date} moment */
export const clock = (moment, seconds = false) => written(moment, { ...CLOCK, ...(seconds ? SECONDS : {}) });

/**
 * Those of ordered times that lie in one minute with another: only their seconds tell them apart.
 * @param {number[]} times in seconds
 */
export function crowded(times) {
  const minute = (/** @type {number} */ time) => Math.floor(time / 60);
  return new Set(times.filter((time, at) => [times[at - 1], times[at + 1]].some((each) => each !== time && minute(each) === minute(time))));
}

/** The day alone: "today", "yesterday", else the date. @param {Date} moment */
export function dayWord(moment) {
  const days = dayNumber(moment) - dayNumber(new Date());
  const date = written(moment, { weekday: "long", day: "numeric", month: "long", year: days < -300 ? "numeric" : undefined });
  if (days < -1) return date;
  return formatter("RelativeTimeFormat", language.value, { numeric: "auto" }).format(days, "day");
}

/** Labels for times in seconds: of the clock within two days, else of the day. @param {number[]} ticks */
export function axisTimes(ticks) {
  const close = (ticks.at(-1) ?? 0) - (ticks[0] ?? 0) < (2 * DAY) / 1000;
  const labels = ticks.map((each) => written(new Date(each * 1000), close ? CLOCK : { day: "numeric", month: "short" }));
  return labels.map((label, index) => (label === labels[index - 1] ? "" : label));
}

/** With the zone. @param {Date | null} moment */
export function exact(moment) {
  return moment ? `${written(moment, { weekday: "long", day: "numeric", month: "long", year: "numeric", ...CLOCK, second: "2-digit" })} (${zone()})` : "";
}

/** How long ago. @param {Date} moment */
export function ago(moment) {
  const seconds = (moment.valueOf() - Date.now()) / 1000;
  const said = formatter("RelativeTimeFormat", language.value, { numeric: "always" });
  if (Math.abs(seconds) < 60) return t("time.now");
  if (Math.abs(seconds) < 3600) return said.format(Math.round(seconds / 60), "minute");
  if (Math.abs(seconds) < 86_400) return said.format(Math.round(seconds / 3600), "hour");
  return said.format(Math.round(seconds / 86_400), "day");
}

/** A moment as metadata has it, 20260301T021400Z. @param {string | undefined} text */
export function stamp(text) {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(text ?? "");
  return parts ? new Date(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z`) : null;
}

/** A text of at most `most` characters that keeps its beginning and its end. @param {string} text */
export function shortened(text, most = 48) {
  const letters = [...text];
  if (letters.length <= most) return text;
  const tail = Math.ceil(most * 0.6);
  return `${letters.slice(0, most - tail - 1).join("")}…${letters.slice(-tail).join("")}`;
}

/** @param {number} n */
export const versions = (n) => count("versions", n);
