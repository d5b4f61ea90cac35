import { attempt, readRuns } from "../actions.mjs";
import { BYTES, Chart, SECONDS } from "../chart.mjs";
import { Moment } from "../controls.mjs";
import { length, size } from "../format.mjs";
import { runsTurn } from "../state.mjs";
import { html, useEffect, useState } from "../view.mjs";
import { number, t } from "../words.mjs";
import { Result, operationWord } from "./results.mjs";

const PAGE = 50;
const LINE = [{ tint: "--running", fill: "--tint" }];
const seconds = (run) => (Date.parse(run.Ended) - Date.parse(run.Started)) / 1000;

function Charts({ rows }) {
  const ended = rows.filter((each) => each.Ended && each.Operation === "Backup").reverse();
  if (ended.length < 2) return null;
  const times = ended.map((each) => Date.parse(each.Started) / 1000);
  const key = ended.length + ended[0].ID;
  const shared = { lines: LINE, times: true, tall: true };
  return html`<section>
      <h2>${t("history.durations")}</h2>
      <${Chart} key=${`duration-${key}`} ...${shared} label=${t("history.durations")} data=${[times, ended.map(seconds)]} axis=${length} steps=${SECONDS} />
    </section>
    <section>
      <h2>${t("history.uploads")}</h2>
      <${Chart} key=${`size-${key}`} ...${shared} label=${t("history.uploads")} data=${[times, ended.map((each) => each.Numbers.BytesUploaded)]} axis=${size} steps=${BYTES} />
    </section>`;
}

function Row({ backup, run }) {
  const { Numbers: numbers } = run;
  return html`<tr>
    <td><a href="#/backup/${backup.Id}/log/${run.ID}"><${Moment} at=${new Date(run.Started)} /></a></td>
    <td>${operationWord(run.Operation)}</td>
    <td><${Result} parsed=${run.Parsed} /></td>
    <td class="numeric">${run.Ended ? length(seconds(run)) : ""}</td>
    <td class="numeric">${number(numbers.ExaminedFiles)}</td>
    <td class="numeric">${size(numbers.BytesUploaded)}</td>
  </tr>`;
}

export function History({ backup }) {
  const [rows, keep] = useState(null);
  const [more, tellMore] = useState(false);
  const turn = runsTurn.value;
  const load = async (before) => {
    const found = await attempt(() => readRuns(backup.Id, before));
    if (!found) return;
    tellMore(found.length === PAGE);
    keep((known) => (before === undefined ? found : [...known, ...found]));
  };
  useEffect(() => {
    load();
  }, [backup.Id, turn]);
  if (rows === null) return html`<p class="quiet">${t("loading")}</p>`;
  if (rows.length === 0) return html`<p>${t("history.none")}</p>`;
  return html`<${Charts} rows=${rows} />
    <div class="wide"><table>
      <caption class="unseen">${t("tab.history")}</caption>
      <thead><tr>
        <th scope="col">${t("history.started")}</th><th scope="col">${t("history.what")}</th>
        <th scope="col">${t("history.result")}</th><th scope="col" class="numeric">${t("history.took")}</th>
        <th scope="col" class="numeric">${t("history.files")}</th><th scope="col" class="numeric">${t("history.sent")}</th>
      </tr></thead>
      <tbody>${rows.map((run) => html`<${Row} key=${run.ID} backup=${backup} run=${run} />`)}</tbody>
    </table></div>
    ${more && html`<p><button onClick=${() => load(rows.at(-1).ID)}>${t("history.older")}</button></p>`}`;
}
