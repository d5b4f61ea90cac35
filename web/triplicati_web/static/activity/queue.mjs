import { attempt, orderTasks, stopTask } from "../actions.mjs";
import { operationWord } from "../backup/results.mjs";
import { Icon } from "../icons.mjs";
import { Stop } from "../home/stop.mjs";
import { runningTask, waitingTasks } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";

/** @param {number[]} ids @param {number} from @param {number} to */
function moved(ids, from, to) {
  const found = ids.filter((_, index) => index !== from);
  found.splice(to, 0, ids[from]);
  return found;
}

function Waiting({ task, index, ids }) {
  const move = (to) => () => attempt(() => orderTasks(moved(ids, index, to)));
  return html`<li>
    <div>${operationWord(task.Operation)}: <a href="#/backup/${task.BackupId}">${task.BackupName}</a>
      <p class="small quiet">${t("queue.waits")}</p></div>
    <span class="actions">
      <button disabled=${index === 0} onClick=${move(index - 1)} aria-label=${t("queue.up", { name: task.BackupName })}><${Icon} name="up" /></button>
      <button disabled=${index === ids.length - 1} onClick=${move(index + 1)} aria-label=${t("queue.down", { name: task.BackupName })}><${Icon} name="down" /></button>
      <button onClick=${() => attempt(() => stopTask(task.Id, "abort"))}>${t("queue.remove")}</button>
    </span>
  </li>`;
}

export function Queue() {
  const running = runningTask.value;
  const waiting = waitingTasks.value;
  const ids = waiting.map((each) => each.Id);
  return html`<section>
    <h2>${t("queue.title")}</h2>
    ${!running && waiting.length === 0 && html`<p class="quiet">${t("queue.empty")}</p>`}
    <ul class="lines">
      ${running && html`<li key=${running.Id}>
        <div><span class="state running"><${Icon} name="running" />${operationWord(running.Operation)}</span>: <a href="#/backup/${running.BackupId}">${running.BackupName}</a></div>
        <span class="actions"><${Stop} task=${running.Id} /></span>
      </li>`}
      ${waiting.map((task, index) => html`<${Waiting} key=${task.Id} task=${task} index=${index} ids=${ids} />`)}
    </ul>
  </section>`;
}
