// What is in a file of a version.

import { attempt } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { size } from "../format.mjs";
import { useAsked } from "../loading.mjs";
import { nameOf } from "../paths.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { downloadFile, fileAddress, readPreview } from "./asks.mjs";
import { Trouble } from "./trouble.mjs";

function Image({ id, path, version }) {
  const { found, error } = useAsked(() => fileAddress(id, path, version.Version, true), [id, path, version.at]);
  if (error) return html`<${Trouble} error=${error} id=${id} />`;
  return found && html`<img class="seen" src=${found} alt=${t("restore.picture", { name: nameOf(path) })} />`;
}

function Text({ file }) {
  return html`${!file.Whole && html`<p class="small quiet">${t("restore.only-begin")}</p>`}
    <pre class="text" tabindex="0" aria-label=${t("restore.content")}>${file.Text}</pre>`;
}

/** @param {{id: string, path: string, version: any}} props */
export function Content({ id, path, version }) {
  const { found: file, error, again } = useAsked(() => readPreview(id, path, version.Version), [id, path, version.at]);
  if (error) return html`<${Trouble} error=${error} id=${id} again=${again} />`;
  if (!file) return html`<p class="quiet" role="status">${t("restore.fetching")}</p>`;
  const download = () => attempt(() => downloadFile(id, path, version.Version, file), t("restore.downloaded"));
  return html`<section>
    <p class="between"><span>${t("restore.as-of")} <${Moment} at=${new Date(version.at * 1000)} />, ${size(file.Size)}</span>
      <button onClick=${download}>${t("restore.download")}</button></p>
    ${file.Image && html`<${Image} id=${id} path=${path} version=${version} />`}
    ${file.Text !== null && (file.Text ? html`<${Text} file=${file} />` : html`<p class="quiet">${t("restore.empty-file")}</p>`)}
    ${file.Binary && html`<p class="quiet">${t("restore.binary")}</p>`}
  </section>`;
}
