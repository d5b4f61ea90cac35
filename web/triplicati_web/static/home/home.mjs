// Home: whether all is well, and every backup.

import { attempt, refreshRuns } from "../actions.mjs";
import { backups, runsTurn, schedule, server, stoppingTask, tasks } from "../state.mjs";
import { html, useEffect } from "../view.mjs";
import { t } from "../words.mjs";
import { BackupRow } from "./backup_row.mjs";
import { Pause, pausedWords } from "./pause.mjs";
import { standing } from "./standing.mjs";
import { Verdict } from "./verdict.mjs";

/** How each backup stands now. */
export function standings() {
  const known = { tasks: tasks.value, stopping: stoppingTask.value, schedule: schedule.value, server: server.value };
  return backups.value.map((backup) => [backup, standing(backup, known)]);
}

function Nothing() {
  return html`<div class="teach">
    <div role="status"><h1>${t("empty.title")}</h1></div>
    <ol>
      <li>${t("empty.first")}</li>
      <li>${t("empty.second")}</li>
      <li>${t("empty.third")}</li>
    </ol>
    <p class="actions"><a class="button main" href="#/new">${t("empty.new")}</a><a class="button" href="#/add">${t("empty.button")}</a></p>
  </div>`;
}

/** Loads the runs of all backups when one of them has begun or ended. */
export function useRuns() {
  const ids = (backups.value ?? []).map((each) => each.Id).join(" ");
  const turn = runsTurn.value;
  useEffect(() => {
    if (ids) attempt(refreshRuns);
  }, [ids, turn]);
}

export function Home() {
  useRuns();
  if (backups.value === null) return html`<h1>${t("connection.first")}</h1>`;
  if (backups.value.length === 0) return html`<${Nothing} />`;
  const all = standings();
  return html`<header class="head">
      <${Verdict} all=${all} />
      <${Pause} />
    </header>
    ${server.value?.State === "Paused" && html`<p class="state paused">${pausedWords(server.value)}</p>`}
    <ul class="backups" aria-label=${t("backups")}>
      ${all.map(([backup, stands]) => html`<${BackupRow} key=${backup.Id} backup=${backup} stands=${stands} />`)}
    </ul>`;
}
