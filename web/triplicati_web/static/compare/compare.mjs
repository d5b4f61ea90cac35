// Two versions of a backup side by side: what came, changed and went, folder by folder.

import { crowded, exact, shortened, size, when } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { Exclude } from "../backup/exclude.mjs";
import { useAsked } from "../loading.mjs";
import { readVersions } from "../restore/asks.mjs";
import { Trouble } from "../restore/trouble.mjs";
import { html, useState } from "../view.mjs";
import { number, t } from "../words.mjs";
import { readChanges } from "./asks.mjs";
import { grown, nameOf, signedSize, tally, wayTo } from "./parts.mjs";
import { Treemap } from "./treemap.mjs";

const addressOf = (id, pair, folder) => `#/backup/${id}/compare/${pair.join("/")}${folder ? `/${encodeURIComponent(folder)}` : ""}`;

/** Which two; another choice is another address. */
function Pair({ id, versions, base, target, folder }) {
  const close = crowded(versions.map((each) => each.at));
  const choice = (label, value, go) => html`<label>${label}
    <select data-stays value=${value} onChange=${(event) => { location.hash = addressOf(id, go(Number(event.target.value)), folder); }}>
      ${versions.map((each) => html`<option key=${each.at} value=${each.at}>${when(new Date(each.at * 1000), close.has(each.at))}</option>`)}
    </select></label>`;
  return html`<div class="pair">
    ${choice(t("compare.from"), base.at, (at) => [at, target.at])}
    ${choice(t("compare.to"), target.at, (at) => [base.at, at])}
    <a class="button" href=${addressOf(id, [target.at, base.at], folder)}>${t("compare.swap")}</a>
  </div>`;
}

function Way({ id, pair, folder }) {
  const all = wayTo(folder);
  return html`<nav class="crumbs" aria-label=${t("compare.way")}>
    ${all.map(([path, name], index) => html`<span key=${path}>
      ${index > 0 && html`<span class="quiet" aria-hidden="true"> › </span>`}
      <a href=${addressOf(id, pair, path)} title=${path} aria-current=${index === all.length - 1 ? "page" : undefined}>${shortened(name, 40)}</a>
    </span>`)}
  </nav>`;
}

function Row({ part, href, onExclude }) {
  const name = nameOf(part);
  return html`<tr>
    <td><span class="name">${part.Path && html`<${Icon} name=${part.IsFolder ? "folder" : "file"} />`}
      ${href ? html`<a href=${href} title=${part.Path}>${name}</a>` : name}</span></td>
    <td>${tally(part)}</td>
    <td class="numeric">${signedSize(part.Growth)}</td>
    <td class="numeric">${part.Path && html`<button class="plain" aria-label=${t("exclude.of", { name })} onClick=${() => onExclude(part.Path)}>${t("exclude.short")}</button>`}</td>
  </tr>`;
}

function Table({ id, parts, hrefOf }) {
  const [path, ask] = useState("");
  return html`<div class="wide"><table>
      <caption class="unseen">${t("compare.table")}</caption>
      <thead><tr><th scope="col">${t("compare.name")}</th><th scope="col">${t("compare.what")}</th>
        <th scope="col" class="numeric">${t("compare.growth")}</th><th scope="col"><span class="unseen">${t("compare.do")}</span></th></tr></thead>
      <tbody>${parts.map((part) => html`<${Row} key=${part.Path} part=${part} href=${hrefOf(part)} onExclude=${ask} />`)}</tbody>
    </table></div>
    ${path && html`<${Exclude} key=${path} id=${id} path=${path} onClose=${() => ask("")} />`}`;
}

function Sentence({ changes }) {
  const { Base: base, Target: target, Whole: whole } = changes;
  const [from, to] = [base, target].map((each) => new Date(each.Time));
  const close = crowded([base, target].map((each) => Date.parse(each.Time) / 1000)).size > 0;
  const between = html`<span title="${exact(from)} – ${exact(to)}">${t("compare.between", { from: when(from, close), to: when(to, close) })}</span>`;
  if (whole.Added + whole.Modified + whole.Deleted + whole.Others === 0) return html`${between} ${t("compare.nothing")}.`;
  return html`${between} ${tally(whole)}; ${grown(whole.Growth)}.`;
}

function Changes({ id, base, target, folder }) {
  const { found, error, again, waits } = useAsked(() => readChanges(id, base.Version, target.Version, folder), [id, base.at, target.at, folder]);
  if (error) return html`<${Trouble} error=${error} id=${id} again=${again} />`;
  if (!found) return html`<p class="quiet" role="status">${t("loading")}</p>`;
  const pair = [base.at, target.at];
  const hrefOf = (part) => {
    if (!part.Path) return null;
    return part.IsFolder ? addressOf(id, pair, part.Path) : `#/restore/${id}/file/${encodeURIComponent(part.Path)}`;
  };
  const parts = found.Parts;
  return html`<div role="status" aria-busy=${waits}><h2 class="sentence"><${Sentence} changes=${found} /></h2></div>
    ${found.Folder && html`<${Way} id=${id} pair=${pair} folder=${found.Folder} />`}
    ${parts.length > 0 && html`<div class="side-by-side"><${Treemap} key=${found.Folder} parts=${parts} hrefOf=${hrefOf} />
      <${Table} key=${`table ${found.Folder}`} id=${id} parts=${parts} hrefOf=${hrefOf} /></div>`}
    <p class="small quiet">${t("compare.sizes", { base: size(found.Base.Bytes), target: size(found.Target.Bytes), files: number(found.Target.Files) })}
      ${" "}<a href=${`#/restore/${id}/v/${target.at}${found.Folder ? `/${encodeURIComponent(found.Folder)}` : ""}`}>${t("compare.restore")}</a></p>`;
}

/** @param {{id: string, rest: string[]}} props the moments of the two versions in seconds, and the folder */
export function Compare({ id, rest: [first, second, folder = ""] }) {
  const { found: versions, error, again } = useAsked(() => readVersions(id), [id]);
  if (error) return html`<${Trouble} error=${error} id=${id} again=${again} />`;
  if (!versions) return html`<p class="quiet" role="status">${t("loading")}</p>`;
  if (versions.length < 2) return html`<p>${t("compare.too-few")}</p>`;
  const at = (seconds, otherwise) => (seconds === undefined ? otherwise : versions.find((each) => each.at === Number(seconds)));
  const [base, target] = [at(first, versions[1]), at(second, versions[0])];
  if (!base || !target) return html`<p role="status">${t("restore.version-gone")}</p><p><a href="#/backup/${id}/versions">${t("compare.choose")}</a></p>`;
  return html`<div class="compare">
    <${Pair} id=${id} versions=${versions} base=${base} target=${target} folder=${folder} />
    <${Changes} id=${id} base=${base} target=${target} folder=${folder} />
  </div>`;
}
