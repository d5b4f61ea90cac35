// What changed in a text between two versions.

import { Moment } from "../controls.mjs";
import { size } from "../format.mjs";
import { useAsked } from "../loading.mjs";
import { html, useState } from "../view.mjs";
import { count, t } from "../words.mjs";
import { readPreview } from "./asks.mjs";
import { lineChanges, withAround } from "./line_changes.mjs";
import { Trouble } from "./trouble.mjs";

const SHOWN = 1000;
const KINDS = { "+": "added", "-": "removed", " ": "" };

function Line({ line }) {
  if (line === null) return html`<li class="skipped" aria-label=${t("restore.same-lines")}>⋯</li>`;
  return html`<li class=${KINDS[line.sign]}><span class="sign">${line.sign}</span><span>${line.text || "\u00a0"}</span></li>`;
}

function Changes({ older, newer }) {
  const [shown, show] = useState(SHOWN);
  const changes = lineChanges(older.Text, newer.Text);
  const number = (sign) => changes.filter((each) => each.sign === sign).length;
  const [added, removed] = [number("+"), number("-")];
  if (added + removed === 0) return html`<p role="status">${t("restore.no-difference")}</p>`;
  const lines = withAround(changes);
  return html`<p role="status">${count("restore.lines-added", added)}, ${count("restore.lines-removed", removed)}</p>
    <ol class="difference" tabindex="0" aria-label=${t("restore.difference")}>${lines.slice(0, shown).map((line) => html`<${Line} line=${line} />`)}</ol>
    ${lines.length > shown && html`<p class="actions"><button onClick=${() => show(shown + SHOWN)}>${t("restore.more")}</button></p>`}`;
}

/** @param {{id: string, path: string, older: any, newer: any}} props */
export function Difference({ id, path, older, newer }) {
  const read = () => Promise.all([older, newer].map((each) => readPreview(id, path, each.Version)));
  const { found, error, again } = useAsked(read, [id, path, older.at, newer.at]);
  if (error) return html`<${Trouble} error=${error} id=${id} again=${again} />`;
  if (!found) return html`<p class="quiet" role="status">${t("restore.fetching")}</p>`;
  const [before, after] = found;
  const text = before.Text !== null && after.Text !== null;
  return html`<section>
    <p class="small quiet">− <${Moment} at=${new Date(older.at * 1000)} />, ${size(before.Size)}</p>
    <p class="small quiet">+ <${Moment} at=${new Date(newer.at * 1000)} />, ${size(after.Size)}</p>
    ${text && !(before.Whole && after.Whole) && html`<p class="small state warnings">${t("restore.begin-compared")}</p>`}
    ${text ? html`<${Changes} older=${before} newer=${after} />` : html`<p class="quiet">${t("restore.not-comparable")}</p>`}
  </section>`;
}
