import { Moment } from "../controls.mjs";
import { crowded, size } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { useAsked } from "../loading.mjs";
import { readVersions } from "../restore/asks.mjs";
import { Trouble } from "../restore/trouble.mjs";
import { VirtualRows } from "../rows.mjs";
import { runsTurn } from "../state.mjs";
import { html, useState } from "../view.mjs";
import { count, t } from "../words.mjs";
import { DeleteVersion } from "./delete_version.mjs";

// On a phone what can be done stands below the moment.
const row = () => (matchMedia("(max-width: 720px)").matches ? 92 : 56);
const NOTHING_YET = ["EmptyRemoteFolder", "NoVersions"];

function Version({ id, version, close, before, marked, onMark, onDelete, stop }) {
  const moment = new Date(version.at * 1000);
  const to = (base, target) => `#/backup/${id}/compare/${base.at}/${target.at}`;
  const pair = marked && marked.at < version.at ? [marked, version] : [version, marked];
  const compare = marked
    ? marked.at !== version.at && html`<a class="button" tabindex=${stop} href=${to(...pair)}>${t("versions.with-this")}</a>`
    : before && html`<a class="button what" tabindex=${stop} href=${to(before, version)}>${t("versions.compare")}</a>`;
  return html`<div class="version">
    <div><b><${Moment} at=${moment} seconds=${close} /></b>
      <span class="small quiet">${version.FileCount >= 0 && `${count("files", version.FileCount)}, ${size(version.FileSizes)}`}
      ${!version.IsFullBackup && html` <span class="state warnings"><${Icon} name="warnings" />${t("versions.partial")}</span>`}
      ${version.DamagedFiles > 0 && html` <a class="state failed" tabindex=${stop} href="#/backup/${id}/upkeep"><${Icon} name="failed" />${count("versions.damaged", version.DamagedFiles)}</a>`}</span></div>
    <span class="actions"><a class="button" tabindex=${stop} href="#/restore/${id}/v/${version.at}">${t("versions.restore")}</a>
      ${compare}
      <button class="plain" tabindex=${stop} aria-pressed=${marked?.at === version.at} onClick=${onMark}>${marked?.at === version.at ? t("versions.chosen") : t("versions.mark")}</button>
      <button class="plain" tabindex=${stop} onClick=${onDelete}>${t("versions.delete")}</button></span>
  </div>`;
}

/** The versions of a backup, newest first: to restore from, and to compare. */
export function Versions({ backup: { Id: id } }) {
  const [marked, mark] = useState(null);
  const [doomed, doom] = useState(null);
  const { found, error, again } = useAsked(() => readVersions(id), [id, runsTurn.value]);
  if (error && NOTHING_YET.includes(error.code)) return html`<p>${t("versions.none")}</p>`;
  if (error) return html`<${Trouble} error=${error} id=${id} again=${again} />`;
  if (!found) return html`<p class="quiet" role="status">${t("loading")}</p>`;
  if (found.length === 0) return html`<p>${t("versions.none")}</p>`;
  const close = crowded(found.map((each) => each.at));
  const partial = found.filter((each) => !each.IsFullBackup).length;
  return html`<p class="lead actions"><span>${count("versions.there", found.length)}${partial > 0 && ` ${count("versions.partials", partial)}`}</span>
      ${found.length > 1 && html`<a href="#/backup/${id}/compare">${t("versions.compare-any")}</a>`}</p>
    ${marked && html`<p class="small quiet" role="status">${t("versions.choose-other")}</p>`}
    <${VirtualRows} count=${found.length} height=${row()} label=${t("tab.versions")} row=${(index, stop) => html`<${Version} id=${id} close=${close.has(found[index].at)}
      version=${found[index]} before=${found[index + 1]} marked=${marked} stop=${stop}
      onDelete=${() => doom(found[index])} onMark=${() => mark(marked?.at === found[index].at ? null : found[index])} />`} />
    ${doomed && html`<${DeleteVersion} id=${id} version=${doomed} onClose=${() => doom(null)} />`}`;
}
