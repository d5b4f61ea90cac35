import { dayOf } from "../format.mjs";
import { html } from "../view.mjs";
import { count, t } from "../words.mjs";

const DAYS = 30;
const DAY = 86_400_000;
const KINDS = { Success: "ok", Warning: "warnings", Error: "failed", Fatal: "failed", Stopped: "stopped" };
const RANK = ["", "stopped", "ok", "warnings", "failed"];

/** The worst end of the runs of each of the last 30 days, oldest first: [day, kind]. */
function daysOf(runs, since, now = Date.now()) {
  const found = new Map();
  for (let back = DAYS - 1; back >= 0; back -= 1) found.set(dayOf(new Date(now - back * DAY)), "");
  for (const run of runs) {
    const day = dayOf(new Date(run.Started));
    const kind = KINDS[run.Parsed] ?? "";
    const known = found.get(day);
    if (run.Operation === "Backup" && known !== undefined && RANK.indexOf(kind) > RANK.indexOf(known)) found.set(day, kind);
  }
  // From the day on when a run should have been, those without one are missed.
  const late = since ? dayOf(since) : null;
  for (const [day, kind] of found) if (late !== null && day >= late && kind === "") found.set(day, "missed");
  return [...found];
}

function told(days) {
  const having = (kind) => days.filter(([, each]) => each === kind).length;
  const parts = [count("strip.ok", having("ok"))];
  if (having("warnings")) parts.push(count("strip.warnings", having("warnings")));
  if (having("failed")) parts.push(count("strip.failed", having("failed")));
  if (having("missed")) parts.push(count("strip.missed", having("missed")));
  return `${t("strip.title")}: ${parts.join(", ")}`;
}

/** The last 30 days in one line; the worse a day was, the higher it stands. @param {{runs: any[], since?: Date}} props since when it is overdue */
export function Strip({ runs, since }) {
  const days = daysOf(runs, since);
  return html`<div class="strip" role="img" aria-label=${told(days)} title=${told(days)}>
    ${days.map(([day, kind]) => html`<i key=${day} class=${kind}></i>`)}
  </div>`;
}
