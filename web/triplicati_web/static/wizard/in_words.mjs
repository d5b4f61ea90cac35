// Schedule and retention as one reads them in the review.

import { count, t } from "../words.mjs";
import { setting } from "./draft.mjs";
import { dayName, daysOf, firstOf, hoursOf, modeOf } from "./repeats.mjs";
import { SMART } from "./rules.mjs";

/** @param {import("./draft.mjs").ScheduleForm | null} schedule */
export function scheduleWords(schedule) {
  if (!schedule) return t("review.no-schedule");
  const mode = modeOf(schedule);
  const time = firstOf(schedule).slice(11);
  if (mode === "daily") return t("review.daily", { time });
  if (mode === "weekdays") return t("review.days", { days: daysOf(schedule).map((day) => dayName(day)).join(", "), time });
  if (mode === "hours") return count("review.hours", Number(hoursOf(schedule)));
  return t("review.repeats", { repeat: schedule.Repeat });
}

/** @param {import("./draft.mjs").Draft} draft */
export function retentionWords(draft) {
  const policy = setting(draft, "retention-policy");
  const age = setting(draft, "keep-time");
  const versions = setting(draft, "keep-versions");
  const found = [
    policy === SMART && t("review.keep-smart"),
    policy && policy !== SMART && t("review.keep-policy", { policy }),
    age && t("review.keep-time", { age }),
    versions && t("review.keep-versions", { n: versions }),
  ].filter(Boolean);
  return found.length ? found.join(" ") : t("review.keep-all");
}
