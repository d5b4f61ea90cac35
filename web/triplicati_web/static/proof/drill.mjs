// Restores for trial: of which versions some files were fetched, restored and compared, and how that went.

import { attempt } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { ago, size } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { useAsked } from "../loading.mjs";
import { runsTurn } from "../state.mjs";
import { html, useOnce } from "../view.mjs";
import { count, number, t } from "../words.mjs";
import { readDrills, startDrill } from "./asks.mjs";

const FILES = 20;
const BYTES = 100 * 1024 * 1024;
const SHOWN = 10;

function Drilled({ drill }) {
  const good = drill.Outcome === "good";
  return html`<li><div><b><${Moment} at=${new Date(drill.Time)} /></b>
      <p class="small quiet">${t("drill.came-back", { files: count("files", drill.Files), size: size(drill.Bytes), ago: ago(new Date(drill.Drilled)) })}</p></div>
    <span class="state ${good ? "ok" : "failed"}"><${Icon} name=${good ? "ok" : "failed"} />${good ? t("drill.good") : count("drill.damaged", drill.Damaged)}</span></li>`;
}

/** @param {{backup: any, busy: boolean}} props */
export function Drills({ backup, busy }) {
  const { found } = useAsked(() => readDrills(backup.Id), [backup.Id, runsTurn.value]);
  const start = useOnce(() => attempt(() => startDrill(backup.Id), t("drill.started")));
  if (!found || found.length === 0) return null;
  const done = found.filter((each) => each.Drilled).sort((a, b) => (a.Drilled < b.Drilled ? 1 : -1));
  return html`<section>
    <h2>${t("drill.title")}</h2>
    <p class="quiet">${done.length === 0 ? t("drill.never") : t("drill.share", { n: number(done.length), all: number(found.length) })}</p>
    <p class="actions after"><button onClick=${start} disabled=${busy}>${t("drill.now")}</button></p>
    <p class="small quiet">${t("drill.costs", { files: number(FILES), size: size(BYTES) })}</p>
    ${done.length > 0 && html`<ul class="lines">${done.slice(0, SHOWN).map((each) => html`<${Drilled} key=${each.Time} drill=${each} />`)}</ul>`}
  </section>`;
}
