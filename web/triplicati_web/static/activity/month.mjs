// The days of a month, and what was and will be on each: pure.

const DAY = 86_400_000;
const STATES = { Success: "ok", Warning: "warnings", Error: "failed", Fatal: "failed", Stopped: "paused", Running: "running" };
/** Worst first. */
export const ORDER = ["failed", "late", "missed", "warnings", "paused", "running", "ok", "planned"];

/** @param {string} month as 2026-03 @param {number} by months @returns {string} */
export function monthBeside(month, by) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + by, 1)).toISOString().slice(0, 7);
}

/** Weeks from Monday; what belongs to another month is "". @param {string} month @returns {string[][]} */
export function weeksOf(month) {
  const first = new Date(`${month}-01T00:00:00Z`);
  const before = (first.getUTCDay() + 6) % 7;
  const days = Array(before).fill("");
  for (let at = first.valueOf(); new Date(at).toISOString().startsWith(month); at += DAY) days.push(new Date(at).toISOString().slice(0, 10));
  while (days.length % 7) days.push("");
  return Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
}

/** @param {string} one @param {string} other days as 2026-03-01 */
export const daysBetween = (one, other) => Math.round((Date.parse(other) - Date.parse(one)) / DAY);

/**
 * What there was and will be, by day.
 * @param {{backup: any, days: any[], due: string[]}[]} all of each backup
 * @param {{late: Map<string, string>, missed: [string, string][]}} known the day since which a backup is late, and
 *   the days on which a run of one was left out
 * @returns {Map<string, {state: string, backup: any, runs: number, times: string[], seconds: number, bytes: number}[]>}
 */
export function entriesByDay(all, { late, missed }) {
  const found = new Map();
  const add = (day, entry) => found.set(day, [...(found.get(day) ?? []), { runs: 0, times: [], seconds: 0, bytes: 0, ...entry }]);
  for (const { backup, days, due } of all) {
    for (const day of days.filter((each) => each.Runs > 0)) {
      add(day.Day, { state: STATES[day.State] ?? "ok", backup, runs: day.Runs, seconds: day.Seconds, bytes: day.BytesUploaded });
    }
    if (late.has(backup.Id)) add(late.get(backup.Id), { state: "late", backup });
    for (const [id, day] of missed) if (id === backup.Id && !(found.get(day) ?? []).some((each) => each.backup === backup && each.state === "missed")) add(day, { state: "missed", backup });
    for (const day of new Set(due.map((each) => each.slice(0, 10)))) {
      add(day, { state: "planned", backup, times: due.filter((each) => each.startsWith(day)).map((each) => each.slice(11, 16)) });
    }
  }
  return found;
}
