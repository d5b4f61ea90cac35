// The rule of a schedule as people say it. When it is due is the engine's to say.

import { zone } from "../format.mjs";
import { language } from "../words.mjs";

export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const NIGHT = "02:00";
const HOURS = /^\s*(\d{1,4})\s*[hH]\s*$/;

/** @typedef {import("./draft.mjs").ScheduleForm} ScheduleForm @typedef {"off" | "daily" | "weekdays" | "hours" | "custom"} Mode */

/** The weekdays on which it may run, all where it names none. @param {ScheduleForm} schedule */
export function daysOf(schedule) {
  const named = schedule.AllowedDays?.length ? schedule.AllowedDays : (schedule.Rule ?? "").replace(/^[^=]*=/, "").split(/[,;]/);
  const known = named.map((each) => each.trim().slice(0, 3).toLowerCase()).filter((each) => DAYS.includes(each));
  return known.length ? DAYS.filter((each) => known.includes(each)) : DAYS;
}

/** @param {ScheduleForm | null} schedule @returns {Mode} */
export function modeOf(schedule) {
  if (!schedule) return "off";
  const all = daysOf(schedule).length === DAYS.length;
  if (/^\s*1\s*[dD]\s*$/.test(schedule.Repeat)) return all ? "daily" : "weekdays";
  return all && HOURS.test(schedule.Repeat) ? "hours" : "custom";
}

/** @param {ScheduleForm} schedule */
export const hoursOf = (schedule) => HOURS.exec(schedule.Repeat)?.[1] ?? "";

function formatted(moment, options, where = zone()) {
  try {
    return new Intl.DateTimeFormat(language.value, { ...options, timeZone: where }).format(moment);
  } catch {
    // The browser does not know the zone of the server.
    return new Intl.DateTimeFormat(language.value, options).format(moment);
  }
}

/** @param {string} due @param {string} where its zone @returns {string} such as "Monday 23 November 2026, 02:00" */
export const moment = (due, where) =>
  formatted(new Date(due), { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }, where);

/** @param {string} day one of DAYS @param {"long" | "short"} [form] */
export const dayName = (day, form = "long") =>
  new Intl.DateTimeFormat(language.value, { weekday: form, timeZone: "UTC" }).format(Date.UTC(2024, 0, 1 + DAYS.indexOf(day)));

/** @param {string[]} days @returns {string} such as "Monday, Tuesday and Friday" */
export const dayNames = (days) => new Intl.ListFormat(language.value).format(days.map((each) => dayName(each)));

/** What the server's clock shows at a moment: 2026-11-23T02:00. @param {Date} at */
function wall(at) {
  let parts;
  const options = /** @type {const} */ ({ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  try {
    parts = new Intl.DateTimeFormat("en-US", { ...options, timeZone: zone() }).formatToParts(at);
  } catch {
    parts = new Intl.DateTimeFormat("en-US", options).formatToParts(at);
  }
  const part = (type) => parts.find((each) => each.type === type)?.value;
  return `${part("year")}-${part("month")}-${part("day")}T${part("hour")}:${part("minute")}`;
}

/** The moment at which the server's clock shows that. @param {string} shown */
function instant(shown) {
  const wanted = Date.parse(`${shown}Z`);
  const off = (at) => Date.parse(`${wall(new Date(at))}Z`) - at;
  const guess = wanted - off(wanted);
  return new Date(wanted - off(guess));
}

const isSet = (schedule) => Boolean(schedule?.Time) && !schedule.Time.startsWith("0001-");

/** The date and the time of the first run as the server's clock shows them, "" for none. @param {ScheduleForm | null} schedule */
export const firstOf = (schedule) => (isSet(schedule) && !Number.isNaN(Date.parse(schedule.Time)) ? wall(new Date(schedule.Time)) : "");

/** @param {ScheduleForm} schedule @param {string} shown as `firstOf` gives it */
export const startingAt = (schedule, shown) => (shown ? { ...schedule, Time: instant(shown).toISOString().replace(".000Z", "Z") } : schedule);

/** With another time of the day. @param {ScheduleForm} schedule @param {string} time as 02:00 */
export function atTime(schedule, time) {
  const day = (firstOf(schedule) || wall(new Date())).slice(0, 10);
  return time ? startingAt(schedule, `${day}T${time}`) : schedule;
}

/** The schedule in another way; what that way does not say stays. @param {ScheduleForm | null} schedule @param {Mode} mode @returns {ScheduleForm | null} */
export function turned(schedule, mode) {
  if (mode === "off") return null;
  const blank = { Repeat: "1D", Time: "", AllowedDays: [...DAYS] };
  const given = schedule ?? blank;
  const base = isSet(given) ? given : atTime(given, NIGHT);
  switch (mode) {
    case "daily": return { ...base, Repeat: "1D", AllowedDays: [...DAYS] };
    case "weekdays": return { ...base, Repeat: "1D", AllowedDays: daysOf(base).length < 7 ? daysOf(base) : DAYS.slice(0, 5) };
    case "hours": return { ...base, Repeat: hoursOf(base) ? base.Repeat : "6h", AllowedDays: [...DAYS] };
    default: return { ...base, AllowedDays: daysOf(base) };
  }
}
