import { dayOf } from "../format.mjs";
import { html } from "../view.mjs";
import { count, t } from "../words.mjs";

const DAYS = 30;
const DAY = 86_400_000;
const KINDS = { Success: "ok", Warning: "warnings", Error: "failed", Fatal: "failed", Stopped: "stopped" };

/** How each of the last 30 days ended, oldest first: [day, kind]. */
function kindsOf(days, since, now = Date.now()) {
  // The same room before it is known.
  const unknown = Array.from({ length: DAYS }, (_, back) => ({ Day: dayOf(new Date(now - (DAYS - 1 - back) * DAY)), State: "" }));
  const late = since ? dayOf(since) : null;
  return (days ?? unknown).map(({ Day: day, State: state }) => {
    // From the day on when a run should have been, those without one are missed.
    const missed = late !== null && day >= late && state === "";
    return [day, missed ? "missed" : (KINDS[state] ?? "")];
  });
}

function told(days) {
  const having = (kind) => days.filter(([, each]) => each === kind).length;
  const parts = [count("strip.ok", having("ok"))];
  if (having("warnings")) parts.push(count("strip.warnings", having("warnings")));
  if (having("failed")) parts.push(count("strip.failed", having("failed")));
  if (having("missed")) parts.push(count("strip.missed", having("missed")));
  return `${t("strip.title")}: ${parts.join(", ")}`;
}

/** The last 30 days in one line; the worse a day was, the higher it stands. @param {{days?: {Day: string, State: string}[], since?: Date}} props since when it is overdue */
export function Strip({ days: known, since }) {
  const days = kindsOf(known, since);
  return html`<div class="strip" role="img" aria-label=${told(days)} title=${told(days)}>
    ${days.map(([day, kind]) => html`<i key=${day} class=${kind}></i>`)}
  </div>`;
}
