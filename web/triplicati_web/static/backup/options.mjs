import { readBackup } from "../actions.mjs";
import { useLoaded } from "../loading.mjs";
import { settingsTurn } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";

function Filters({ filters }) {
  if (!filters?.length) return html`<p class="quiet">${t("options.no-filters")}</p>`;
  return html`<ol>${filters.map((each) => html`<li>
    ${each.Include ? t("options.include") : t("options.exclude")} <span class="mono">${each.Expression}</span>
  </li>`)}</ol>`;
}

/** What a backup is made of; what is secret in it never leaves the server. */
export function Options({ backup }) {
  const found = useLoaded(() => readBackup(backup.Id), [backup, settingsTurn.value]);
  if (!found) return html`<p class="quiet">${t("loading")}</p>`;
  const { Backup: saved } = found;
  return html`<section class="actions"><a class="button" href="#/edit/${backup.Id}">${t("edit")}</a>
      <a class="button" href="#/edit/${backup.Id}/sheet">${t("sheet.open")}</a>
      <span class="quiet">${t("options.read-only")}</span></section>
    <section><h2>${t("options.sources")}</h2>
      <ul>${saved.Sources.map((each) => html`<li class="mono">${each}</li>`)}</ul></section>
    <section><h2>${t("backup.target")}</h2><p class="mono">${saved.TargetURL}</p></section>
    <section><h2>${t("options.filters")}</h2><${Filters} filters=${saved.Filters} /></section>
    <section><h2>${t("tab.options")}</h2>
      <dl class="pairs">${saved.Settings.map((each) => html`<dt class="mono">${each.Name}</dt><dd class="mono">${each.Value}</dd>`)}</dl>
    </section>`;
}
