// Proof: what of the backed up data was read back and found good, as far as there is a record of it.

import { attempt, inWords } from "../actions.mjs";
import { ago, size } from "../format.mjs";
import { LiveRun } from "../home/live_run.mjs";
import { Stop } from "../home/stop.mjs";
import { useAsked } from "../loading.mjs";
import { Trouble } from "../restore/trouble.mjs";
import { backups, livingProgress, runsTurn, tasks } from "../state.mjs";
import { html, useOnce } from "../view.mjs";
import { count, number, t } from "../words.mjs";
import { readProof, verify } from "./asks.mjs";
import { Drills } from "./drill.mjs";
import { Map } from "./map.mjs";

const SAMPLE = 10;
const VERIFY = ["Verify", "Test"];

/** Whole percent that do not claim more than there is: 100 only when it is all. */
function percent({ Bytes: all, CheckedBytes: checked }) {
  return all > 0 ? Math.floor((checked / all) * 100) : 0;
}

function sentence(name, held) {
  if (held.Volumes === 0) return t("proof.nothing-stored", { name });
  if (held.Damaged > 0) return count("proof.is-damaged", held.Damaged, { name });
  if (held.Checked === 0) return t("proof.never", { name });
  return t("proof.share", { share: number(percent(held)), name, ago: ago(new Date(held.Oldest)) });
}

const KINDS = ["dblock", "dindex", "dlist"];

/** About how many bytes a sample of each kind of volume has. */
function cost(held, samples) {
  const sum = (cells, of) => cells.reduce((all, each) => all + each[of], 0);
  const kinds = KINDS.map((kind) => held.Cells.filter((each) => each.Kind === kind)).filter((cells) => cells.length > 0);
  // Where one cell is many volumes their kinds are not told: most bytes are in about half of them.
  if (held.Cells.some((each) => !each.Kind)) return Math.min(held.Bytes, (held.Bytes / held.Volumes) * 2 * samples);
  return sum(kinds.map((cells) => {
    const number = sum(cells, "Volumes");
    return { bytes: (sum(cells, "Bytes") / number) * Math.min(samples, number) };
  }), "bytes");
}

function Verify({ backup, held }) {
  const task = tasks.value.find((each) => each.BackupId === backup.Id && VERIFY.includes(each.Operation) && ["running", "waiting"].includes(each.State));
  const live = task && livingProgress.value?.TaskId === task.Id ? livingProgress.value : null;
  const ask = useOnce((samples) => attempt(() => verify(backup.Id, samples), t("proof.started")));
  const start = (samples) => () => ask(samples);
  if (task) {
    return html`<section>
      <div class="between"><span class="state ${task.State}">${task.State === "running" ? t("proof.runs") : t("proof.waits")}</span>
        ${task.State === "running" && html`<${Stop} task=${task.Id} />`}</div>
      ${live && html`<${LiveRun} live=${live} />`}
    </section>`;
  }
  if (held.Volumes === 0) return null;
  return html`<section class="costs">
    <div><button onClick=${start(SAMPLE)}>${t("proof.sample")}</button>
      <p class="small quiet">${t("proof.costs-sample", { n: number(SAMPLE), size: size(cost(held, SAMPLE)) })}</p></div>
    <div><button onClick=${start(null)}>${t("proof.all")}</button>
      <p class="small quiet">${t("proof.costs-all", { size: size(held.Bytes) })}</p></div>
  </section>`;
}

function Facts({ held }) {
  const facts = [
    [t("proof.fact-all"), `${count("volumes", held.Volumes)}, ${size(held.Bytes)}`],
    [t("proof.fact-checked"), `${count("volumes", held.Checked)}, ${size(held.CheckedBytes)}`],
    [t("proof.fact-damaged"), number(held.Damaged)],
  ];
  if (held.Oldest && held.Newest) facts.push([t("proof.fact-oldest"), ago(new Date(held.Oldest))], [t("proof.fact-newest"), ago(new Date(held.Newest))]);
  return html`<dl class="pairs">${facts.map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function useProof(backup) {
  return useAsked(() => readProof(backup.Id), [backup.Id, runsTurn.value]);
}

function One({ backup }) {
  const { found: held, error, again } = useProof(backup);
  if (error) return html`<${Title} backup=${backup} text=${backup.Name} /><${Trouble} error=${error} id=${backup.Id} again=${again} />`;
  if (!held) return html`<p class="quiet" role="status">${t("loading")}</p>`;
  return html`<${Title} backup=${backup} text=${sentence(backup.Name, held)} />
    ${held.Damaged > 0 && html`<section class="actions"><span>${t("proof.mend")}</span><a class="button" href="#/backup/${backup.Id}/log/last">${t("advice.failed")}</a></section>`}
    ${held.Cells.length > 0 && html`<section><${Map} cells=${held.Cells} name=${backup.Name} /></section>`}
    <${Verify} backup=${backup} held=${held} />
    <${Drills} backup=${backup} busy=${tasks.value.some((each) => each.BackupId === backup.Id && ["running", "waiting"].includes(each.State))} />
    <${Facts} held=${held} />
    <p class="small quiet note">${t("proof.volumes-mean")} ${t("proof.honest")}</p>`;
}

function Title({ backup, text }) {
  return html`<p class="back"><a href="#/proof">${t("place.proof")}</a> › <a href="#/backup/${backup.Id}">${backup.Name}</a></p>
    <header class="head"><div role="status"><h1>${text}</h1></div></header>`;
}

function Row({ backup }) {
  const { found: held, error } = useProof(backup);
  return html`<li><div><a href="#/proof/${backup.Id}">${backup.Name}</a>
      <p class="small ${held?.Damaged ? "bad" : "quiet"}">${error ? inWords(error) : held ? sentence(backup.Name, held) : t("loading")}</p></div>
    ${held?.Cells.length > 0 && html`<${Share} held=${held} name=${backup.Name} />`}</li>`;
}

function Share({ held, name }) {
  const set = (box) => box?.style.setProperty("--share", `${percent(held)}%`);
  return html`<div class="share"><div class="bar ${held.Damaged > 0 ? "damaged" : ""}" role="meter" aria-label=${t("proof.map", { name })} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent(held)}><i ref=${set}></i></div>
    <span class="small">${number(percent(held))} %</span></div>`;
}

/** @param {{path: string[]}} props the id of a backup */
export function Proof({ path: [id] }) {
  const all = backups.value;
  if (all === null) return html`<h1>${t("connection.first")}</h1>`;
  if (id !== undefined) {
    const backup = all.find((each) => each.Id === id);
    if (backup) return html`<${One} key=${id} backup=${backup} />`;
    return html`<div role="status"><h1>${t("backup.gone")}</h1></div><p><a href="#/proof">${t("place.proof")}</a></p>`;
  }
  return html`<header class="head"><div role="status"><h1>${all.length ? t("proof.title") : t("empty.title")}</h1><p class="quiet">${t("proof.honest")}</p></div></header>
    <ul class="lines proofs">${all.map((backup) => html`<${Row} key=${backup.Id} backup=${backup} />`)}</ul>`;
}
