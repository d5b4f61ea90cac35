// Taking files out of the versions that are there already, after a look at what goes.

import { attempt, inWords } from "../actions.mjs";
import { Dialog, Moment } from "../controls.mjs";
import { size } from "../format.mjs";
import { html, useOnce, useState } from "../view.mjs";
import { count, t } from "../words.mjs";
import { previewPurge, purge } from "./upkeep_asks.mjs";

const lines = (text) => text.split("\n").map((each) => each.trim()).filter(Boolean);

function Goes({ seen }) {
  return html`<ul class="lines">${seen.Versions.map((each) => html`<li key=${each.Version}><div>
      <b><${Moment} at=${new Date(each.Time * 1000)} /></b> <span class="quiet">${count("purge.entries", each.Count)}</span>
      <p class="small quiet mono">${each.Paths.join(", ")}${each.Count > each.Paths.length ? " …" : ""}</p></div></li>`)}</ul>`;
}

function Sure({ backup, paths, seen, onClose, onDone }) {
  const take = useOnce(async () => {
    if (await attempt(() => purge(backup.Id, paths), t("upkeep.started"))) onDone();
    onClose();
  });
  return html`<${Dialog} title=${t("purge.now")} onClose=${onClose}>
    <p>${t("purge.sure", { entries: count("purge.entries", seen.Count), versions: count("versions", seen.Versions.length) })}</p>
    <p class="actions"><button class="danger" onClick=${take}>${t("purge.now")}</button><button onClick=${onClose}>${t("wizard.cancel")}</button></p>
  <//>`;
}

/** @param {{backup: any, busy: boolean}} props */
export function Purge({ backup, busy }) {
  const [text, type] = useState("");
  const [seen, keep] = useState(null);
  const [error, fail] = useState(null);
  const [asks, askFirst] = useState(false);
  const paths = lines(text);
  const changed = (event) => {
    type(event.target.value);
    keep(null);
  };
  const look = useOnce(async () => {
    fail(null);
    try {
      keep(await previewPurge(backup.Id, paths));
    } catch (refused) {
      fail(refused);
    }
  });
  const send = (event) => {
    event.preventDefault();
    look();
  };
  return html`<section><form class="fields purge" onSubmit=${send}>
    <h3>${t("purge.title")}</h3>
    <p class="small quiet">${t("purge.means")}</p>
    <label>${t("purge.which")}<textarea rows="2" spellcheck="false" value=${text} onInput=${changed} placeholder="*/films/*.iso"></textarea></label>
    <p class="actions"><button disabled=${paths.length === 0 || busy}>${t("purge.look")}</button></p>
    ${error && html`<p class="bad" role="alert">${inWords(error)}</p>`}
    ${seen && html`<p role="status">${seen.Count === 0 ? t("purge.nothing") : t("purge.goes", { entries: count("purge.entries", seen.Count), size: size(seen.Size) })}</p>
      <${Goes} seen=${seen} />`}
    ${seen?.Count > 0 && html`<p class="actions"><button type="button" class="danger" disabled=${busy} onClick=${() => askFirst(true)}>${t("purge.now")}</button></p>`}
    </form>
    ${asks && html`<${Sure} backup=${backup} paths=${paths} seen=${seen} onClose=${() => askFirst(false)} onDone=${() => keep(null)} />`}
  </section>`;
}
