import { Moment } from "../controls.mjs";
import { stamp } from "../format.mjs";
import { backups } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";

/** The way to backups that have no job here. */
export function Elsewhere() {
  return html`<p class="elsewhere">${t("restore.elsewhere")} <a href="#/restore/open">${t("restore.open")}</a></p>`;
}

/** Which backup holds what was lost. */
export function ChooseBackup() {
  const all = backups.value;
  if (all.length === 0) {
    return html`<div class="teach">
      <div role="status"><h1>${t("restore.no-backup")}</h1></div>
      <p>${t("restore.no-backup-means")}</p>
      <p class="actions"><a class="button main" href="#/restore/open">${t("restore.open")}</a></p>
    </div>`;
  }
  return html`<header class="head"><div role="status"><h1>${t("restore.which")}</h1></div></header>
    <ul class="lines" aria-label=${t("backups")}>
      ${all.map((each) => html`<li key=${each.Id}>
        <div><a href="#/restore/${each.Id}"><b>${each.Name}</b></a></div>
        <span class="small quiet">${t("backup.last")}: <${Moment} at=${stamp(each.Metadata.LastBackupFinished)} /></span>
      </li>`)}
    </ul>
    <${Elsewhere} />`;
}
