import { readRun } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { length, size } from "../format.mjs";
import { useLoaded } from "../loading.mjs";
import { runsTurn } from "../state.mjs";
import { html, useState } from "../view.mjs";
import { number, t } from "../words.mjs";
import { Result, operationWord } from "./results.mjs";

const KINDS = [[/\[?Error/, "error"], [/\[?Warning/, "warning"]];
const kindOf = (line) => KINDS.find(([pattern]) => pattern.test(line.slice(0, 60)))?.[1];

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

/** A run: its numbers and its log, a page at a time. @param {{backup: any, id: string}} props */
export function Run({ backup, id }) {
  const [page, turnTo] = useState(0);
  const found = useLoaded(() => readRun(id, page), [id, page, runsTurn.value]);
  if (!found) return html`<p class="quiet">${t("loading")}</p>`;
  const { Run: run, Log: lines, PageInfo: info } = found;
  const took = run.Ended ? length((Date.parse(run.Ended) - Date.parse(run.Started)) / 1000) : "";
  return html`<p class="back"><a href="#/backup/${backup.Id}/log">${t("run.all")}</a></p>
    <section>
      <h2>${operationWord(run.Operation)}, <${Moment} at=${new Date(run.Started)} />${took && ` (${took})`}</h2>
      <p><${Result} parsed=${run.Parsed} /></p>
      ${run.Message && html`<p class="bad">${run.Message}</p>`}
    </section>
    <section><${Numbers} numbers=${run.Numbers} /></section>
    <section>
      <h2>${t("run.log")}</h2>
      ${lines.length === 0
        ? html`<p class="quiet">${t("run.no-log")}</p>`
        : html`<ol class="log" tabindex="0" aria-label=${t("run.log")}>${lines.map((line) => html`<li class=${kindOf(line)}>${line}</li>`)}</ol>`}
      ${info.Pages > 1 && html`<p class="actions">
        <button disabled=${page === 0} onClick=${() => turnTo(page - 1)}>${t("run.earlier")}</button>
        <button disabled=${page + 1 >= info.Pages} onClick=${() => turnTo(page + 1)}>${t("run.later")}</button>
      </p>`}
    </section>`;
}
