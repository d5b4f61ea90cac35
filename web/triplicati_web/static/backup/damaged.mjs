// Files that can no longer be restored: which they are, and how the versions get rid of them.

import { attempt, inWords } from "../actions.mjs";
import { Dialog, Moment } from "../controls.mjs";
import { size } from "../format.mjs";
import { html, useOnce, useState } from "../view.mjs";
import { count, number, t } from "../words.mjs";
import { purgeBroken, readBroken } from "./upkeep_asks.mjs";

const SHOWN = 20;

function Version({ version }) {
  const more = version.Files.length - SHOWN;
  return html`<li><details>
    <summary><${Moment} at=${new Date(version.FilesetTime)} />: ${count("damaged.files", version.Files.length)}</summary>
    <ul class="paths">${version.Files.slice(0, SHOWN).map((each) => html`<li><span class="mono">${each.Path}</span> ${each.Size > 0 && html`<span class="quiet">${size(each.Size)}</span>`}</li>`)}</ul>
    ${more > 0 && html`<p class="small quiet">${t("damaged.more", { n: number(more) })}</p>`}
  </details></li>`;
}

function Sure({ backup, onClose }) {
  const take = useOnce(async () => {
    await attempt(() => purgeBroken(backup.Id), t("upkeep.started"));
    onClose();
  });
  return html`<${Dialog} title=${t("damaged.take-out")} onClose=${onClose}>
    <p>${t("damaged.sure")}</p>
    <p class="actions"><button class="danger" onClick=${take}>${t("damaged.take-out")}</button><button onClick=${onClose}>${t("wizard.cancel")}</button></p>
  <//>`;
}

function Found({ backup, found, busy }) {
  const [asks, askFirst] = useState(false);
  if (found.length === 0) return html`<p class="state ok" role="status">${t("damaged.none")}</p>`;
  return html`<p class="bad" role="status">${count("damaged.versions", found.length)} ${t("damaged.backup-first")}</p>
    <ul class="lines">${found.map((each) => html`<${Version} key=${each.FilesetID} version=${each} />`)}</ul>
    <p class="actions after"><button class="danger" disabled=${busy} onClick=${() => askFirst(true)}>${t("damaged.take-out")}</button></p>
    ${asks && html`<${Sure} backup=${backup} onClose=${() => askFirst(false)} />`}`;
}

export function Damaged({ backup, busy }) {
  const [state, keep] = useState({ found: null, error: null, looks: false });
  const look = useOnce(async () => {
    keep({ found: null, error: null, looks: true });
    try {
      keep({ found: await readBroken(backup.Id), error: null, looks: false });
    } catch (error) {
      keep({ found: null, error, looks: false });
    }
  });
  return html`<section>
    <div class="task"><div><h3>${t("damaged.title")}</h3><p class="small quiet">${t("damaged.means")}</p></div>
      <button onClick=${look} disabled=${state.looks}>${state.looks ? t("loading") : t("damaged.look")}</button></div>
    ${state.error && html`<p class="bad" role="alert">${inWords(state.error)}</p>`}
    ${state.found && html`<${Found} backup=${backup} found=${state.found} busy=${busy} />`}
  </section>`;
}
