// The further destinations of a backup, and how far each of them is.

import { attempt } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { Icon } from "../icons.mjs";
import { useAsked } from "../loading.mjs";
import { runsTurn, tasks } from "../state.mjs";
import { html, useOnce } from "../view.mjs";
import { count, t } from "../words.mjs";
import { copyNow, readCopies, testCopy } from "./copy_asks.mjs";

const SHOWN = 5;

/** @returns {["failed" | "never" | "late" | "waiting" | "ok", string]} */
function standing({ Error: failed, Copied, Behind, Mode }) {
  if (failed) return ["failed", t("copies.failed")];
  if (!Copied) return ["never", t("copies.never")];
  if (!Behind) return ["ok", t("copies.ok")];
  // Those that are copied to seldom are behind as they should be.
  return [Mode === "inline" ? "late" : "waiting", count("copies.behind", Behind)];
}

function Row({ id, copy, busy, onTest }) {
  const [state, word] = standing(copy);
  const at = state === "failed" ? copy.Failed : copy.Copied;
  return html`<li><div><b class="mono">${copy.Target}</b>
      <p class="facts"><span class="state ${state}"><${Icon} name=${state} />${word}</span>${at && html` <span class="quiet small"><${Moment} at=${new Date(at)} /></span>`}</p>
      ${copy.Error && html`<p class="small bad">${copy.Error}</p><p class="small"><a href="#/edit/${id}/destination">${t("copies.edit")}</a></p>`}
      ${copy.Error && copy.Copied && html`<p class="small quiet">${t("copies.last-good")} <${Moment} at=${new Date(copy.Copied)} /></p>`}</div>
    ${copy.Copied && html`<button onClick=${onTest} disabled=${busy} aria-label=${t("copies.test-of", { number: copy.Number, place: copy.Target })}>${t("copies.test")}</button>`}</li>`;
}

/** @param {{backup: any}} props */
export function Copies({ backup }) {
  const busy = tasks.value.some((each) => each.BackupId === backup.Id && ["running", "waiting"].includes(each.State));
  // Nobody needs to know why this alone cannot be told now; it is asked again after each run.
  const { found } = useAsked(() => readCopies(backup.Id), [backup.Id, runsTurn.value]);
  const begin = useOnce((work) => attempt(work, t("upkeep.started")));
  if (!found?.length) return null;
  const row = (copy) => html`<${Row} key=${copy.Number} id=${backup.Id} copy=${copy} busy=${busy} onTest=${() => begin(() => testCopy(backup.Id, copy.Number))} />`;
  return html`<section class="copies" aria-label=${t("copies.title")}>
    <div class="between"><h2>${t("copies.title")}</h2>
      <button onClick=${() => begin(() => copyNow(backup.Id))} disabled=${busy}>${t("copies.now")}</button></div>
    <ul class="lines">${found.slice(0, SHOWN).map(row)}</ul>
    ${found.length > SHOWN && html`<details class="fold"><summary>${t("further.more", { n: found.length - SHOWN })}</summary><ul class="lines">${found.slice(SHOWN).map(row)}</ul></details>`}
  </section>`;
}
