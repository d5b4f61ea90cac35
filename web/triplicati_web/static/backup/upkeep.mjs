// What keeps a backup sound over years: repair, compact, shrink; files that are damaged, and files that are to go.

import { attempt } from "../actions.mjs";
import { LiveRun } from "../home/live_run.mjs";
import { Stop } from "../home/stop.mjs";
import { livingProgress, tasks } from "../state.mjs";
import { html, useOnce } from "../view.mjs";
import { t } from "../words.mjs";
import { Damaged } from "./damaged.mjs";
import { NewPassphrase } from "./new_passphrase.mjs";
import { Purge } from "./purge.mjs";
import { operationWord } from "./results.mjs";
import { startUpkeep } from "./upkeep_asks.mjs";

function Running({ task }) {
  const live = livingProgress.value?.TaskId === task.Id ? livingProgress.value : null;
  const runs = task.State === "running";
  const what = operationWord(task.Operation);
  return html`<section>
    <div class="between"><span class="state ${task.State}" role="status">${runs ? t("upkeep.runs", { what }) : t("upkeep.waits", { what })}</span>
      ${runs && html`<${Stop} task=${task.Id} />`}</div>
    ${live && html`<${LiveRun} live=${live} />`}
  </section>`;
}

function Task({ title, means, action, busy, onStart }) {
  return html`<li class="task"><div><h3>${title}</h3><p class="small quiet">${means}</p></div>
    <button onClick=${onStart} disabled=${busy}>${action}</button></li>`;
}

/** @param {{backup: any}} props */
export function Upkeep({ backup }) {
  const task = tasks.value.find((each) => each.BackupId === backup.Id && ["running", "waiting"].includes(each.State));
  const begin = useOnce((operation) => attempt(() => startUpkeep(backup.Id, operation), t("upkeep.started")));
  const start = (operation) => () => begin(operation);
  const busy = Boolean(task);
  return html`<h2>${t("upkeep.title")}</h2>
    <p class="quiet">${t("upkeep.means")}</p>
    ${task && html`<${Running} task=${task} />`}
    <ul class="tasks" aria-label=${t("upkeep.title")}>
      <${Task} title=${t("upkeep.repair")} means=${t("upkeep.repair-means")} action=${t("upkeep.repair-now")} busy=${busy} onStart=${start("repair")} />
      <${Task} title=${t("upkeep.compact")} means=${t("upkeep.compact-means")} action=${t("upkeep.compact-now")} busy=${busy} onStart=${start("compact")} />
      <${Task} title=${t("upkeep.vacuum")} means=${t("upkeep.vacuum-means")} action=${t("upkeep.vacuum-now")} busy=${busy} onStart=${start("vacuum")} />
      <li class="task"><div><h3>${t("upkeep.proof")}</h3><p class="small quiet">${t("upkeep.proof-means")}</p></div>
        <a class="button" href="#/proof/${backup.Id}">${t("upkeep.proof-open")}</a></li>
      <${NewPassphrase} backup=${backup} busy=${busy} />
    </ul>
    <${Damaged} backup=${backup} busy=${busy} />
    <${Purge} backup=${backup} busy=${busy} />`;
}
