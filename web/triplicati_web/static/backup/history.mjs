import { attempt, readRuns } from "../actions.mjs";
import { BYTES, Chart, SECONDS } from "../chart.mjs";
import { Moment } from "../controls.mjs";
import { length, size } from "../format.mjs";
import { useLoaded } from "../loading.mjs";
import { runsTurn } from "../state.mjs";
import { html, useOnce, useState } from "../view.mjs";
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

const KINDS = ["Backup", "Restore", "Repair", "Verify", "Compact", "Delete"];
const RESULTS = { ok: ["Success"], warnings: ["Warning"], failed: ["Error", "Fatal"], stopped: ["Stopped"] };

function Sieve({ id, kind, result }) {
  const go = (next) => {
    const { kind: one = kind, result: other = result } = next;
    location.hash = `#/backup/${id}/log${one === "all" && other === "all" ? "" : `/${one}/${other}`}`;
  };
  const names = { ok: t("result.success"), warnings: t("result.warning"), failed: t("result.fatal"), stopped: t("result.stopped") };
  return html`<div class="sieve" role="search" aria-label=${t("history.filter")}>
    <label>${t("history.what")}<select data-stays value=${kind} onChange=${(event) => go({ kind: event.target.value })}>
      <option value="all">${t("history.all")}</option>
      ${KINDS.map((each) => html`<option key=${each} value=${each}>${operationWord(each)}</option>`)}
    </select></label>
    <label>${t("history.result")}<select data-stays value=${result} onChange=${(event) => go({ result: event.target.value })}>
      <option value="all">${t("history.all")}</option>
      ${Object.keys(RESULTS).map((each) => html`<option key=${each} value=${each}>${names[each]}</option>`)}
    </select></label>
  </div>`;
}

/** @param {{backup: any, kind?: string, result?: string}} props which runs are to be seen */
export function History({ backup, kind = "all", result = "all" }) {
  const [rows, keep] = useState(null);
  const [more, tellMore] = useState(false);
  const turn = runsTurn.value;
  const load = async (before) => {
    const found = await readRuns(backup.Id, before);
    tellMore(found.length === PAGE);
    keep((known) => (before === undefined ? found : [...known, ...found]));
  };
  const older = useOnce(() => attempt(() => load(rows.at(-1).ID)));
  useLoaded(load, [backup.Id, turn]);
  if (rows === null) return html`<p class="quiet">${t("loading")}</p>`;
  if (rows.length === 0) return html`<p>${t("history.none")}</p>`;
  const shown = rows.filter(
    (each) => (kind === "all" || each.Operation === kind) && (result === "all" || RESULTS[result]?.includes(each.Parsed)),
  );
  return html`<${Charts} rows=${rows} />
    <${Sieve} id=${backup.Id} kind=${kind} result=${result} />
    ${shown.length === 0 && html`<p class="quiet" role="status">${t("history.none-such")}</p>`}
    <div class="wide"><table>
      <caption class="unseen">${t("tab.history")}</caption>
      <thead><tr>
        <th scope="col">${t("history.started")}</th><th scope="col">${t("history.what")}</th>
        <th scope="col">${t("history.result")}</th><th scope="col" class="numeric">${t("history.took")}</th>
        <th scope="col" class="numeric">${t("history.files")}</th><th scope="col" class="numeric">${t("history.sent")}</th>
      </tr></thead>
      <tbody>${shown.map((run) => html`<${Row} key=${run.ID} backup=${backup} run=${run} />`)}</tbody>
    </table></div>
    ${more && html`<p><button onClick=${older}>${t("history.older")}</button></p>`}`;
}
