import { dayOf } from "../format.mjs";
import { html } from "../view.mjs";
import { count, t } from "../words.mjs";

const DAYS = 30;
const DAY = 86_400_000;
const KINDS = { Success: "ok", Warning: "warnings", Error: "failed", Fatal: "failed", Stopped: "stopped" };
const RANK = ["", "stopped", "ok", "warnings", "failed"];

/** The worst end of the runs of each of the last 30 days, oldest first: [day, kind]. */
function daysOf(runs, now = Date.now()) {
  const found = new Map();
  for (let back = DAYS - 1; back >= 0; back -= 1) found.set(dayOf(new Date(now - back * DAY)), "");
  for (const run of runs) {
    const day = dayOf(new Date(run.Started));
    const kind = KINDS[run.Parsed] ?? "";
    const known = found.get(day);
    if (run.Operation === "Backup" && known !== undefined && RANK.indexOf(kind) > RANK.indexOf(known)) found.set(day, kind);
  }
  return [...found];
}

function told(days) {
  const having = (kind) => days.filter(([, each]) => each === kind).length;
  const parts = [count("strip.ok", having("ok"))];
  if (having("warnings")) parts.push(count("strip.warnings", having("warnings")));
  if (having("failed")) parts.push(count("strip.failed", having("failed")));
  return `${t("strip.title")}: ${parts.join(", ")}`;
}

/** The last 30 days in one line; the worse a day was, the higher it stands. */
export function Strip({ runs }) {
  const days = daysOf(runs);
  return html`<div class="strip" role="img" aria-label=${told(days)} title=${told(days)}>
    ${days.map(([day, kind]) => html`<i key=${day} class=${kind}></i>`)}
  </div>`;
}
