import { attempt, readBackup, runBackup } from "../actions.mjs";
import { Dialog, Moment } from "../controls.mjs";
import { shortened } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { useLoaded } from "../loading.mjs";
import { bare } from "../paths.mjs";
import { VirtualRows } from "../rows.mjs";
import { runsTurn, settingsTurn, told } from "../state.mjs";
import { html, useState } from "../view.mjs";
import { Copy } from "../copy.mjs";
import { count, t } from "../words.mjs";
import { readProblems, removeSource, testTarget } from "./asks.mjs";
import { Exclude } from "./exclude.mjs";
import { meaningOf } from "./problem_words.mjs";

const ROW = 44;
const FEW = 5;

function RemoveSource({ id, path, onDone, onClose }) {
  const remove = async () => {
    if (await attempt(() => removeSource(id, path), t("source.told"))) onDone();
    onClose();
  };
  return html`<${Dialog} title=${t("source.title")} onClose=${onClose}>
    <p class="mono">${path}</p>
    <p>${t("source.means")}</p>
    <div class="actions after"><button class="main" onClick=${remove}>${t("source.now")}</button>
      <button onClick=${onClose}>${t("exclude.not")}</button></div>
  <//>`;
}

/** What can be done about one path, if anything. */
function PathAction({ helps, path, sources, stop, onExclude, onRemove }) {
  if (!path) return null;
  if (helps.includes("remove-source")) {
    if (!sources.some((each) => bare(each) === bare(path))) return html`<span class="small quiet">${t("source.gone")}</span>`;
    return html`<button tabindex=${stop} aria-label=${t("source.of", { path })} onClick=${() => onRemove(path)}>${t("source.short")}</button>`;
  }
  if (!helps.includes("exclude")) return null;
  return html`<button tabindex=${stop} aria-label=${t("exclude.of", { name: path })} onClick=${() => onExclude(path)}>${t("exclude.short")}</button>`;
}

function Sample({ each, ...rest }) {
  const text = each.Path || each.Text;
  return html`<div class="sample">
    <span class=${each.Path ? "mono" : ""} title=${each.Text}>${shortened(text, 110)}</span>
    <${PathAction} path=${each.Path} ...${rest} />
  </div>`;
}

function Samples({ id, problem, helps, sources, onChanged }) {
  const [exclude, askExclude] = useState("");
  const [remove, askRemove] = useState("");
  const shared = { helps, sources, onExclude: askExclude, onRemove: askRemove };
  const all = problem.Samples;
  const paths = all.map((each) => each.Path).filter(Boolean);
  return html`
    ${all.length <= FEW
      ? html`<ul>${all.map((each, index) => html`<li key=${index}><${Sample} each=${each} stop=${0} ...${shared} /></li>`)}</ul>`
      : html`<${VirtualRows} count=${all.length} height=${ROW} label=${t("problems.paths")}
          row=${(index, stop) => html`<${Sample} each=${all[index]} stop=${stop} ...${shared} />`} />`}
    ${problem.Count > all.length && html`<p class="small quiet">${count("problems.first", all.length)}</p>`}
    ${paths.length > 0 && html`<p class="actions"><span class="small quiet">${t("problems.copy")}</span> <${Copy} text=${paths.join("\n")} /></p>`}
    ${exclude && html`<${Exclude} id=${id} path=${exclude} onClose=${() => askExclude("")} />`}
    ${remove && html`<${RemoveSource} id=${id} path=${remove} onDone=${onChanged} onClose=${() => askRemove("")} />`}`;
}

async function test(saved) {
  const found = await attempt(() => testTarget(saved));
  if (found) told.value = { text: found.Success ? t("destination.works") : found.Error, bad: !found.Success };
}

function Help({ backup, saved, helps }) {
  return html`<p class="actions">
    ${helps.includes("test") && html`<button onClick=${() => test(saved)}>${t("problems.test")}</button>`}
    ${helps.includes("edit") && html`<a class="button" href="#/edit/${backup.Id}">${t("problems.edit")}</a>`}
    ${helps.includes("run") && html`<button onClick=${() => attempt(() => runBackup(backup.Id), t("problems.runs"))}>${t("problems.run")}</button>`}
  </p>`;
}

function Problem({ backup, saved, problem, onChanged }) {
  const { means, helps } = meaningOf(problem.ID, problem.Level);
  const state = problem.Level === "Error" ? "failed" : "warnings";
  return html`<li class="problem">
    <h3><span class="state ${state}"><${Icon} name=${state} />${problem.Level === "Error" ? count("live.errors", problem.Count) : count("live.warnings", problem.Count)}</span>
      ${" "}<span class="small quiet">${problem.ID || t("problems.unnamed")} · ${t("problems.since")} <${Moment} at=${new Date(problem.FirstSeen)} /></span></h3>
    <p>${means}</p>
    <${Samples} id=${backup.Id} problem=${problem} helps=${helps} sources=${saved.Sources} onChanged=${onChanged} />
    <${Help} backup=${backup} saved=${saved} helps=${helps} />
  </li>`;
}

/** What a run complained about, by cause, as things to do. @param {{backup: any, run: number}} props */
export function Problems({ backup, run }) {
  const found = useLoaded(() => readProblems(run), [run, runsTurn.value]);
  const [turn, next] = useState(0);
  const saved = useLoaded(() => readBackup(backup.Id), [backup, settingsTurn.value, turn]);
  if (!found || !saved || found.length === 0) return null;
  return html`<section>
    <h2>${t("problems.title")}</h2>
    <ul class="problems" aria-label=${t("problems.title")}>
      ${found.map((each) => html`<${Problem} key=${`${each.Level} ${each.ID}`} backup=${backup} saved=${saved.Backup} problem=${each} onChanged=${() => next(turn + 1)} />`)}
    </ul>
  </section>`;
}
