// A restore while it goes on, and what came of it.

import { Result } from "../backup/results.mjs";
import { Copy } from "../copy.mjs";
import { size } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { LiveRun } from "../home/live_run.mjs";
import { pausedWords } from "../home/pause.mjs";
import { Stop } from "../home/stop.mjs";
import { useAsked } from "../loading.mjs";
import { livingProgress, progress, runningTask, runsTurn, server } from "../state.mjs";
import { html } from "../view.mjs";
import { count, t } from "../words.mjs";
import { readResult } from "./asks.mjs";
import { started } from "./chosen.mjs";
import { useTask } from "./task.mjs";

/** Why a task does not run yet. */
export function Waits() {
  const other = runningTask.value;
  const paused = server.value?.State === "Paused";
  const why = paused ? pausedWords(server.value) : other && t("restore.waits-for", { name: other.BackupName });
  return html`<p class="state waiting" role="status"><${Icon} name="waiting" />${t("queue.waits")} ${why}</p>`;
}

function Complaints({ title, lines }) {
  if (!lines?.length) return null;
  return html`<section><h2>${title}</h2><ul class="lines small">${lines.map((each) => html`<li><div>${each}</div></li>`)}</ul></section>`;
}

/** What the run counted, or what was last seen of it where no run is kept. */
function numbers(result, number) {
  if (result) return [result.RestoredFiles, result.SizeOfRestoredFiles];
  const last = progress.value;
  return last?.TaskId === number ? [last.FilesDone, last.BytesDone] : null;
}

function headline(parsed) {
  if (parsed === "Success") return t("restore.done");
  if (parsed === "Warning") return t("restore.done-warnings");
  if (parsed === "Stopped") return t("restore.stopped");
  return t("restore.failed");
}

function Done({ id, number, parsed, error }) {
  const { found } = useAsked(() => readResult(id, number), [id, number, runsTurn.value]);
  const result = found?.Result;
  const counted = numbers(result, number);
  const folder = result?.RestorePath || (started.value?.task === number ? started.value.folder : "");
  const well = ["Success", "Warning"].includes(parsed);
  return html`<header class="head"><div role="status">
      <h1>${headline(parsed)}</h1>
      <p><${Result} parsed=${parsed} /></p>
    </div></header>
    ${error && html`<p class="bad">${error}</p>`}
    ${counted && html`<p class="outcome">${t("restore.written", { files: count("files", counted[0]), size: size(counted[1]) })}
      ${" "}${result?.UnmodifiedFiles > 0 && count("restore.untouched", result.UnmodifiedFiles)}</p>`}
    ${well && (folder ? html`<div><p>${t("restore.are-in")}</p><p class="actions"><code class="mono" title=${folder}>${folder}</code> <${Copy} text=${folder} /></p></div>` : html`<p>${t("restore.are-back")}</p>`)}
    <${Complaints} title=${t("restore.broken-files")} lines=${result?.BrokenFiles} />
    <${Complaints} title=${t("restore.errors")} lines=${result?.Errors} />
    <${Complaints} title=${t("restore.warnings")} lines=${result?.Warnings} />
    <p class="actions"><a class="button main" href="#/restore/${id}">${t("restore.something-else")}</a>
      ${found?.Run && html`<a class="button" href="#/backup/${id}/log/${found.Run.ID}">${t("notifications.log")}</a>`}
      <a class="button" href="#/">${t("place.home")}</a></p>`;
}

/** @param {{id: string, task: number}} props */
export function UnderWay({ id, task: number }) {
  const { state, parsed, error } = useTask(number);
  if (state === "gone") {
    return html`<div role="status"><h1>${t("restore.run-gone")}</h1></div>
      <p class="actions"><a class="button" href="#/restore/${id}">${t("restore.something-else")}</a></p>`;
  }
  if (state === "") return html`<p class="quiet" role="status">${t("loading")}</p>`;
  if (state === "waiting") return html`<header class="head"><div><h1>${t("restore.starts-soon")}</h1></div></header><${Waits} />`;
  if (state === "ended") return html`<${Done} id=${id} number=${number} parsed=${parsed} error=${error} />`;
  const live = livingProgress.value;
  return html`<header class="head"><div role="status"><h1>${t("restore.running")}</h1><p class="quiet">${t("restore.may-leave")}</p></div>
      <${Stop} task=${number} /></header>
    ${live && html`<${LiveRun} live=${live} />`}`;
}
