// Activity: what runs and will run, what the scheduler decided, and what there is to know.

import { readPlan } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { otherZone } from "../format.mjs";
import { useLoaded } from "../loading.mjs";
import { backups, runsTurn, schedule, tasks } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { Result, operationWord } from "../backup/results.mjs";
import { Calendar } from "./calendar.mjs";
import { LiveLog } from "./live_log.mjs";
import { Notifications } from "./notifications.mjs";
import { Queue } from "./queue.mjs";

const SHOWN = 20;
const nameOf = (id) => backups.value?.find((each) => each.Id === id)?.Name ?? id;
const moment = (seconds) => new Date(seconds * 1000);

function Planned() {
  return html`<section>
    <h2>${t("planned.title")}</h2>
    ${schedule.value.length === 0 && html`<p class="quiet">${t("planned.none")}</p>`}
    <ul class="lines">${schedule.value.map((each) => html`<li key=${each.BackupId}>
      <div><a href="#/backup/${each.BackupId}">${nameOf(each.BackupId)}</a>
        ${each.Text && html`<p class="small quiet">${each.Text}</p>`}</div>
      <span><${Moment} at=${moment(each.Due)} /> ${otherZone(moment(each.Due))}</span>
    </li>`)}</ul>
  </section>`;
}

function Ended() {
  const ended = tasks.value.filter((each) => each.Ended > 0).sort((a, b) => b.Ended - a.Ended).slice(0, SHOWN);
  if (ended.length === 0) return null;
  return html`<section>
    <h2>${t("ended.title")}</h2>
    <ul class="lines">${ended.map((each) => html`<li key=${each.Id}>
      <div>${operationWord(each.Operation)}: <a href="#/backup/${each.BackupId}/log">${each.BackupName}</a>
        ${each.Error && html`<p class="small bad">${each.Error}</p>`}</div>
      <span><${Result} parsed=${each.Parsed} /> <${Moment} at=${moment(each.Ended)} /></span>
    </li>`)}</ul>
  </section>`;
}

function Decisions() {
  const plan = useLoaded(readPlan, [runsTurn.value]);
  const decided = (plan?.Decisions ?? []).filter((each) => each.Text).slice(0, SHOWN);
  return html`<section>
    <h2>${t("decisions.title")}</h2>
    ${decided.length === 0 && html`<p class="quiet">${t("decisions.none")}</p>`}
    <ul class="lines">${decided.map((each) => html`<li>
      <div>${nameOf(each.BackupID)}<p class="small quiet">${each.Text}</p></div>
      <span class="quiet"><${Moment} at=${new Date(each.Time)} /></span>
    </li>`)}</ul>
  </section>`;
}

function Tabs({ here }) {
  const tab = (name, label) => html`<a href=${`#/activity${name && `/${name}`}`} aria-current=${here === name ? "page" : undefined}>${label}</a>`;
  return html`<nav class="tabs" aria-label=${t("tabs")}>${tab("", t("activity.now"))} ${tab("calendar", t("activity.calendar"))} ${tab("log", t("livelog.title"))}</nav>`;
}

/** @param {{path: string[]}} props the tab and what is open in it */
export function Activity({ path: [tab = "", rest] }) {
  return html`<header class="head"><div role="status"><h1>${t("place.activity")}</h1></div></header>
    <${Tabs} here=${tab} />
    ${tab === "calendar" && html`<${Calendar} day=${rest} />`}
    ${tab === "log" && html`<${LiveLog} />`}
    ${!["calendar", "log"].includes(tab) && html`<${Notifications} /><${Queue} /><${Planned} /><${Ended} /><${Decisions} />`}`;
}
