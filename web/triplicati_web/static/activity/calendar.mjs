import { readPlan } from "../actions.mjs";
import { dayOf, length, size } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { useAsked } from "../loading.mjs";
import { Trouble } from "../restore/trouble.mjs";
import { backups, runsTurn } from "../state.mjs";
import { html, useRef } from "../view.mjs";
import { count, formatter, language, t } from "../words.mjs";
import { readDays } from "./asks.mjs";
import { ORDER, daysBetween, entriesByDay, monthBeside, weeksOf } from "./month.mjs";

const MOST_DAYS = 366;
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 7, ArrowUp: -7 };
const ICONS = { planned: "waiting", missed: "never" };
// Days have no zone here: they are those of the server.
const named = (day, options) => formatter("DateTimeFormat", language.value, { ...options, timeZone: "UTC" }).format(new Date(`${day}T00:00:00Z`));

function stateWord(state) {
  return {
    ok: t("state.ok"), warnings: t("state.warnings"), failed: t("state.failed"), late: t("state.late"), running: t("state.running"),
    paused: t("result.stopped"), missed: t("calendar.missed"), planned: t("calendar.planned"),
  }[state];
}

function State({ state }) {
  return html`<span class="state ${state}"><${Icon} name=${ICONS[state] ?? state} />${stateWord(state)}</span>`;
}

/** How many of each state, the worst first. */
function tallied(entries) {
  return ORDER.map((state) => ({ state, number: entries.filter((each) => each.state === state).length })).filter((each) => each.number > 0);
}

function Day({ day, entries, today, chosen, stop, href }) {
  if (!day) return html`<td></td>`;
  const states = tallied(entries);
  const told = states.map(({ state, number }) => `${number} ${stateWord(state)}`).join(", ") || t("calendar.nothing");
  return html`<td><a data-day=${day} href=${href} tabindex=${stop} aria-label=${`${named(day, { weekday: "long", day: "numeric", month: "long" })}: ${told}`}
    aria-current=${day === today ? "date" : undefined} class=${day === chosen ? "chosen" : ""}>
    <span class="number">${Number(day.slice(8))}</span>
    <span class="marks">${states.map(({ state, number }) => html`<span key=${state} class="state ${state}"><${Icon} name=${ICONS[state] ?? state} />${number > 1 && number}<span class="word">${stateWord(state)}</span></span>`)}</span>
  </a></td>`;
}

function Entry({ each }) {
  const { backup, state, runs, times, seconds, bytes } = each;
  return html`<li><div><a href="#/backup/${backup.Id}/log">${backup.Name}</a>
      ${runs > 0 && html`<p class="small quiet">${count("calendar.runs", runs)}, ${length(seconds)}, ${t("calendar.sent", { size: size(bytes) })}</p>`}
      ${times.length > 0 && html`<p class="small quiet">${times.join(", ")}</p>`}</div>
    <${State} state=${state} /></li>`;
}

function Grid({ month, found, today, chosen }) {
  const box = useRef(null);
  const weeks = weeksOf(month);
  const days = weeks.flat().filter(Boolean);
  const stop = days.includes(chosen) ? chosen : days.includes(today) ? today : days[0];
  const keyed = (event) => {
    const at = days.indexOf(event.target.dataset.day ?? "");
    const to = event.key in STEPS ? at + STEPS[event.key] : { Home: 0, End: days.length - 1 }[event.key];
    if (at < 0 || to === undefined || !days[to]) return;
    event.preventDefault();
    box.current.querySelector(`[data-day="${days[to]}"]`).focus();
  };
  return html`<table class="month" ref=${box} onKeyDown=${keyed}>
    <caption class="unseen">${named(`${month}-01`, { month: "long", year: "numeric" })}</caption>
    <thead><tr>${[1, 2, 3, 4, 5, 6, 7].map((each) => html`<th key=${each} scope="col">${named(`2024-01-0${each}`, { weekday: "short" })}</th>`)}</tr></thead>
    <tbody>${weeks.map((week) => html`<tr key=${week.join()}>${week.map((day, index) => html`<${Day} key=${day || index} day=${day} entries=${found.get(day) ?? []}
      today=${today} chosen=${chosen} stop=${day === stop ? 0 : -1} href=${`#/activity/calendar/${day}`} />`)}</tr>`)}</tbody>
  </table>`;
}

const localDay = (text) => dayOf(new Date(text));

async function readMonth(all, days) {
  const [plan, ...found] = await Promise.all([readPlan(), ...all.map((each) => readDays(each, days))]);
  const late = new Map(plan.Overdue.map((each) => [each.BackupID, localDay(each.Since)]));
  const missed = plan.Decisions.filter((each) => each.Action === "skip").map((each) => [each.BackupID, localDay(each.Time)]);
  return entriesByDay(found, { late, missed });
}

/** A month of what ran and what will. @param {{day?: string}} props the month as 2026-03, or a day of it */
export function Calendar({ day = "" }) {
  const today = dayOf(new Date());
  const month = /^\d{4}-\d\d/.exec(day)?.[0] ?? today.slice(0, 7);
  const chosen = day.length > 7 ? day : "";
  const all = backups.value;
  const asked = Math.min(MOST_DAYS, Math.max(1, daysBetween(`${month}-01`, today) + 1));
  const { found, error, again } = useAsked(() => readMonth(all ?? [], asked), [all, asked, runsTurn.value]);
  if (error) return html`<${Trouble} error=${error} again=${again} />`;
  const entries = found?.get(chosen) ?? [];
  return html`<div class="between">
      <h2>${named(`${month}-01`, { month: "long", year: "numeric" })}</h2>
      <p class="actions"><a class="button" data-stays href="#/activity/calendar/${monthBeside(month, -1)}">${t("calendar.before")}</a>
        <a class="button" data-stays href="#/activity/calendar/${monthBeside(month, 1)}">${t("calendar.after")}</a></p>
    </div>
    <${Grid} month=${month} found=${found ?? new Map()} today=${today} chosen=${chosen} />
    ${chosen && html`<section class="of-day" role="status"><h2>${named(chosen, { weekday: "long", day: "numeric", month: "long" })}</h2>
      ${entries.length === 0 && html`<p class="quiet">${t("calendar.nothing")}</p>`}
      <ul class="lines">${entries.map((each) => html`<${Entry} key=${`${each.backup.Id} ${each.state}`} each=${each} />`)}</ul></section>`}
    <p class="small quiet">${t("calendar.note")}</p>`;
}
