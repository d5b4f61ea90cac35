import { attempt, pauseSchedule, resumeSchedule, runBackup, stopTask } from "../actions.mjs";
import { Menu, Moment } from "../controls.mjs";
import { otherZone, shortened, size, versions } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { liveBackup, overdue, runDays, tasks } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { LiveNow } from "./live_run.mjs";
import { StateWord } from "./state_word.mjs";
import { Stop } from "./stop.mjs";
import { Strip } from "./strip.mjs";

const TROUBLED = ["failed", "warnings"];

function Facts({ backup, last, next }) {
  const known = backup.Metadata;
  return html`<p class="facts">
    <span>${t("backup.last")} <b><${Moment} at=${last} /></b></span>
    <span>${t("backup.next")} <b>${next ? html`<${Moment} at=${next} /> ${otherZone(next)}` : t("backup.no-next")}</b></span>
    ${known.SourceFilesSize && html`<span>${t("backup.source")} <b>${size(Number(known.SourceFilesSize))}</b></span>`}
    ${known.TargetFilesSize && html`<span>${t("backup.stored")} <b>${size(Number(known.TargetFilesSize))}</b></span>`}
    ${known.BackupListCount && html`<b>${versions(Number(known.BackupListCount))}</b>`}
  </p>`;
}

/** Run or stop, and what else there is. */
export function BackupActions({ backup }) {
  const task = tasks.value.find((each) => each.BackupId === backup.Id && ["running", "waiting"].includes(each.State));
  const paused = backup.SchedulePaused;
  const turn = () => attempt(() => (paused ? resumeSchedule(backup.Id) : pauseSchedule(backup.Id)));
  const to = `#/backup/${backup.Id}`;
  return html`<div class="actions">
    ${task?.State === "running" && html`<${Stop} task=${task.Id} />`}
    ${task?.State === "waiting" && html`<button onClick=${() => attempt(() => stopTask(task.Id, "abort"))}>${t("queue.leave")}</button>`}
    ${!task && html`<button onClick=${() => attempt(() => runBackup(backup.Id))} aria-label=${t("run.of", { name: backup.Name })}>
          <${Icon} name="run" />${t("run")}</button>`}
    <${Menu} name=${t("more.of", { name: backup.Name })} label="⋯">
      <a class="button" href="#/restore/${backup.Id}">${t("overview.restore")}</a>
      <a class="button" href="${to}/log">${t("tab.history")}</a>
      <a class="button" href="#/edit/${backup.Id}">${t("edit")}</a>
      <a class="button" href="${to}/options">${t("tab.options")}</a>
      ${backup.Scheduled && html`<button onClick=${turn}>${paused ? t("schedule.on") : t("schedule.off")}</button>`}
      <a class="button bad" href="${to}/delete">${t("delete.menu")}</a>
    <//>
  </div>`;
}

/** A backup: how it stands, and what runs of it. @param {{backup: any, stands: import("./standing.mjs").Standing}} props */
export function BackupRow({ backup, stands }) {
  const live = liveBackup.value === backup.Id;
  return html`<li class="backup">
    <div class="title">
      <h2><a href="#/backup/${backup.Id}">${backup.Name}</a></h2>
      <${StateWord} state=${stands.state} />
    </div>
    <${BackupActions} backup=${backup} />
    ${stands.why && html`<p class="across small ${stands.state === "failed" ? "bad" : "quiet"}" title=${stands.why}>
      ${shortened(stands.why, 240)}</p>`}
    ${TROUBLED.includes(stands.state) && html`<p class="across small"><a href="#/backup/${backup.Id}/log/last"
      aria-label=${`${t("problems.title")}: ${backup.Name}`}>${t("problems.title")}</a></p>`}
    ${live
      ? html`<${LiveNow} />`
      : html`<div class="across"><${Facts} backup=${backup} ...${stands} /></div>
          <div class="across"><${Strip} days=${runDays.value[backup.Id]} since=${overdue.value[backup.Id]} /></div>`}
  </li>`;
}
