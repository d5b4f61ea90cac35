import { attempt, readRun, readRuns } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { length, size } from "../format.mjs";
import { useLoaded } from "../loading.mjs";
import { runsTurn } from "../state.mjs";
import { html, useEffect } from "../view.mjs";
import { number, t } from "../words.mjs";
import { Problems } from "./problems.mjs";
import { RemoteCalls } from "./remote_calls.mjs";
import { Result, operationWord } from "./results.mjs";
import { RunLog } from "./run_log.mjs";

function Numbers({ numbers }) {
  const facts = [
    [t("run.examined"), `${number(numbers.ExaminedFiles)}, ${size(numbers.SizeOfExaminedFiles)}`],
    [t("run.added"), number(numbers.AddedFiles)],
    [t("run.modified"), number(numbers.ModifiedFiles)],
    [t("run.deleted"), number(numbers.DeletedFiles)],
    [t("history.sent"), size(numbers.BytesUploaded)],
    [t("run.troubles"), `${number(numbers.Warnings)} / ${number(numbers.Errors)}`],
  ];
  return html`<dl class="pairs">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

const TROUBLES = ["Warning", "Error", "Fatal"];

/** Leads to the newest run that went wrong, or to all of them where none did. */
export function LastTrouble({ backup: { Id: id } }) {
  const find = async () => {
    const rows = await attempt(() => readRuns(id));
    const found = rows?.find?.((each) => TROUBLES.includes(each.Parsed));
    location.replace(`#/backup/${id}/log${found ? `/${found.ID}` : ""}`);
  };
  useEffect(() => {
    find();
  }, [id]);
  return html`<p class="quiet" role="status">${t("loading")}</p>`;
}

/** A run: its numbers, what went wrong in it, its log, and what it asked of the destination. @param {{backup: any, id: string}} props */
export function Run({ backup, id }) {
  const found = useLoaded(() => readRun(id), [id, runsTurn.value]);
  if (!found) return html`<p class="quiet">${t("loading")}</p>`;
  const { Run: run, Log: lines } = found;
  const took = run.Ended ? length((Date.parse(run.Ended) - Date.parse(run.Started)) / 1000) : "";
  return html`<p class="back"><a href="#/backup/${backup.Id}/log">${t("run.all")}</a></p>
    <section>
      <h2>${operationWord(run.Operation)}, <${Moment} at=${new Date(run.Started)} />${took && ` (${took})`}</h2>
      <p><${Result} parsed=${run.Parsed} /></p>
      ${run.Message && html`<p class="bad">${run.Message}</p>`}
    </section>
    <${Problems} backup=${backup} run=${run.ID} />
    <section><${Numbers} numbers=${run.Numbers} /></section>
    <${RunLog} lines=${lines} />
    <section><${RemoteCalls} key=${run.ID} backup=${backup} run=${run.ID} /></section>`;
}
