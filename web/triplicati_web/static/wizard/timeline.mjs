// Versions on a line of time: those that stay and those that go. The last days have more room than the first.

import { html } from "../view.mjs";
import { count, number, t } from "../words.mjs";
import { moment } from "./repeats.mjs";
import { zone } from "../format.mjs";

const DAY = 86_400;
const MARKS = /** @type {[number, string][]} */ ([[1, "day"], [7, "week"], [30, "month"], [182, "half"], [365, "year"]]);
const FEW = 60;

const markName = (name) =>
  ({ day: t("line.day"), week: t("line.week"), month: t("line.month"), half: t("line.half"), year: t("line.year") })[name];

const seconds = (row, now) => Math.max(0, (now - Date.parse(row.Time)) / 1000);

/** @param {number} span seconds */
function long(span) {
  const days = Math.round(span / DAY);
  if (days % 365 === 0) return count("years", days / 365);
  if (days % 30 === 0) return count("months", days / 30);
  return days % 7 === 0 ? count("weeks", days / 7) : count("days", days);
}

function frameName(row) {
  if (!row.InFrame) return t("line.beyond");
  const every = row.Interval ? (row.Interval >= DAY ? t("line.one-per", { span: long(row.Interval) }) : t("line.closer")) : t("line.every");
  return row.Frame === null ? t("line.ever", { every }) : t("line.frame", { span: long(row.Frame), every });
}

/** Versions by the part of the rule that they fall under. */
function Frames({ rows }) {
  /** @type {Map<string, any[]>} */
  const frames = new Map();
  for (const row of rows) frames.set(frameName(row), [...(frames.get(frameName(row)) ?? []), row]);
  return html`<ul class="small" aria-label=${t("line.frames")}>${[...frames].map(([name, mine]) => html`<li key=${name}>
    ${name}: ${t("line.of", { kept: number(mine.filter((each) => each.Keep).length), all: number(mine.length) })}</li>`)}</ul>`;
}

/** @param {{preview: any}} props a RetentionPreview */
export function Timeline({ preview }) {
  const rows = preview.Versions;
  if (!rows.length) return html`<p class="quiet">${t("line.none")}</p>`;
  const now = Date.parse(preview.At);
  const oldest = Math.max(DAY, ...rows.map((each) => seconds(each, now)));
  const put = (age) => (box) => box?.style.setProperty("--at", `${100 - Math.sqrt(Math.min(1, age / oldest)) * 100}%`);
  const word = (row) => (row.Keep ? t("line.stays") : t("line.goes"));
  const marks = MARKS.filter(([days]) => days * DAY <= oldest * 1.01 && days * DAY * 120 >= oldest);
  return html`<div class="timeline" role="img" aria-label=${t("line.title", { kept: number(preview.Kept), gone: number(preview.Deleted) })}>
      ${rows.map((row) => html`<i key=${row.Time} class=${row.Keep ? "stays" : "goes"} ref=${put(seconds(row, now))} />`)}
      ${marks.map(([days, name]) => html`<span key=${name} ref=${put(days * DAY)}>${markName(name)}</span>`)}
    </div>
    <p class="small key"><i class="stays" aria-hidden="true"></i>${t("line.stays")} <i class="goes" aria-hidden="true"></i>${t("line.goes")}</p>
    ${preview.Option === "retention-policy" && html`<${Frames} rows=${rows} />`}
    <details class="fold"><summary>${t("line.all")}</summary>
      <ul class="small versions">${rows.slice(0, FEW).map((row) => html`<li key=${row.Time}><span>${moment(row.Time, zone())}</span><b class=${row.Keep ? "" : "quiet"}>${word(row)}</b></li>`)}</ul>
      ${rows.length > FEW && html`<p class="small quiet">${t("line.older", { n: number(rows.length - FEW) })}</p>`}
    </details>`;
}
