// One version, a folder at a time, with boxes to choose what is restored.

import { attempt } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { exact, shortened, size, when } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { useAsked } from "../loading.mjs";
import { nameOf, separatorOf } from "../paths.mjs";
import { VirtualRows } from "../rows.mjs";
import { html, useEffect, useRef, useState } from "../view.mjs";
import { count, t } from "../words.mjs";
import { readFolder } from "./asks.mjs";
import { choose, chosenOf, shareOf, toggle } from "./chosen.mjs";
import { Trouble } from "./trouble.mjs";

const ROW = 40;
const PAGE = 500;

const addressOf = (id, seconds, folder) => `#/restore/${id}/v/${seconds}${folder && `/${encodeURIComponent(folder)}`}`;

/** The folders from the outermost one to this, as [path, name]. */
function crumbs(roots, folder) {
  const root = roots.find((each) => folder.startsWith(each)) ?? "";
  const separator = separatorOf(folder);
  const found = root ? [[root, shortened(root, 40)]] : [];
  let path = root;
  for (const name of folder.slice(root.length).split(separator).filter(Boolean)) {
    path += name + separator;
    found.push([path, name]);
  }
  return found;
}

function Crumbs({ id, seconds, roots, folder }) {
  const all = [...(roots.length > 1 ? [["", t("restore.everything")]] : []), ...crumbs(roots, folder)];
  return html`<nav class="crumbs" aria-label=${t("restore.way")}>
    ${all.map(([path, name], index) => html`<span key=${path}>
      ${index > 0 && html`<span class="quiet" aria-hidden="true"> › </span>`}
      <a href=${addressOf(id, seconds, path)} title=${path} aria-current=${index === all.length - 1 ? "page" : undefined}>${name}</a>
    </span>`)}
  </nav>`;
}

/** The pages of a folder that have been in sight. */
function useFolder(id, seconds, folder) {
  const pages = useRef(new Map());
  const [state, keep] = useState({ total: -1, error: null, turn: 0 });
  const load = (page) => {
    if (pages.current.has(page)) return;
    const mine = pages.current;
    mine.set(page, []);
    readFolder(id, seconds, folder, page, PAGE).then(
      ({ Data: rows, PageInfo: info }) => {
        mine.set(page, rows);
        if (mine === pages.current) keep((before) => ({ total: info.Total, error: null, turn: before.turn + 1 }));
      },
      (error) => {
        mine.delete(page);
        if (mine === pages.current) keep((before) => ({ ...before, error }));
      },
    );
  };
  useEffect(() => {
    pages.current = new Map();
    keep({ total: -1, error: null, turn: 0 });
    load(0);
  }, [id, seconds, folder]);
  return {
    ...state,
    again: () => load(0),
    at: (index) => pages.current.get(Math.floor(index / PAGE))?.[index % PAGE],
    see: (first, last) => {
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1) load(page);
    },
  };
}

/** A box that is also half on. */
function Box({ share, label, stop, onChange }) {
  const set = (box) => {
    if (box) box.indeterminate = share === "some";
  };
  return html`<input type="checkbox" ref=${set} checked=${share === "all"} aria-label=${label} tabindex=${stop} onChange=${onChange} />`;
}

function Entry({ id, seconds, entry, paths, stop }) {
  if (!entry) return html`<span role="gridcell" class="quiet">${t("loading")}</span>`;
  const { Path: path, IsDirectory: folder } = entry;
  const name = nameOf(path);
  const pick = () => attempt(() => toggle(id, seconds, path));
  const href = folder ? addressOf(id, seconds, path) : `#/restore/${id}/file/${encodeURIComponent(path)}`;
  const moment = entry.LastModified ? new Date(entry.LastModified) : null;
  return html`<span role="gridcell"><${Box} share=${shareOf(paths, path)} label=${t("restore.choose", { name })} stop=${stop} onChange=${pick} /></span>
    <span role="gridcell" class="name"><${Icon} name=${folder ? "folder" : entry.IsSymlink ? "link" : "file"} />
      ${entry.IsSymlink ? html`<span title=${path}>${name}</span>` : html`<a href=${href} title=${path} tabindex=${stop}>${name}</a>`}</span>
    <span role="gridcell" class="numeric small quiet">${folder || entry.IsSymlink ? "" : size(entry.Size)}</span>
    <span role="gridcell" class="small quiet when" title=${exact(moment)}>${when(moment)}</span>`;
}

/** A box for all that is in a folder. */
function Whole({ id, seconds, folder, paths }) {
  return html`<label class="line whole"><${Box} share=${shareOf(paths, folder)} onChange=${() => attempt(() => toggle(id, seconds, folder))} />${t("restore.whole-folder")}</label>`;
}

function Folder({ id, seconds, folder }) {
  const listed = useFolder(id, seconds, folder);
  const paths = chosenOf(id, seconds);
  const up = () => {
    const above = document.querySelector(".crumbs span:nth-last-child(2) > a");
    if (above) location.hash = above.getAttribute("href") ?? "";
  };
  const keyed = (event) => {
    if (event.key === "Backspace" || event.key === "ArrowLeft") up();
    if (event.key === "ArrowRight") event.target.querySelector(".name a[href*='/v/']")?.click();
  };
  if (listed.error && listed.total < 0) return html`<${Trouble} error=${listed.error} id=${id} again=${listed.again} />`;
  if (listed.total < 0) return html`<p class="quiet" role="status">${t("loading")}</p>`;
  if (listed.total === 0) return html`<p class="quiet">${t("restore.empty-folder")}</p>`;
  return html`${folder && html`<${Whole} id=${id} seconds=${seconds} folder=${folder} paths=${paths} />`}
    <${VirtualRows} key=${folder} kind="grid" label=${t("restore.entries")} count=${listed.total} height=${ROW} onSight=${listed.see} onKey=${keyed}
    more=${(index) => ({ "aria-selected": listed.at(index) ? shareOf(paths, listed.at(index).Path) === "all" : undefined })}
    row=${(index, stop) => html`<${Entry} id=${id} seconds=${seconds} entry=${listed.at(index)} paths=${paths} stop=${stop} />`} />
    <p class="small quiet">${count("restore.entries-count", listed.total)}</p>`;
}

function Chosen({ id, seconds, paths }) {
  if (paths.length === 0) return html`<div class="tray"><span class="quiet">${t("restore.none-chosen")}</span></div>`;
  return html`<div class="tray">
    <span><b>${count("restore.chosen", paths.length)}</b></span>
    <span class="actions"><button class="plain" onClick=${() => choose(id, seconds, [])}>${t("restore.clear")}</button>
      <a class="button main" href="#/restore/${id}/to/${seconds}">${t("restore.go")}</a></span>
  </div>`;
}

/** @param {{id: string, versions: any[], rest: string[]}} props the moment of the version, and the folder */
export function Browse({ id, versions, rest: [moment, asked = ""] }) {
  const seconds = Number(moment);
  const version = versions.find((each) => each.at === seconds);
  const roots = useAsked(() => readFolder(id, seconds, "", 0, 0), [id, seconds]);
  if (!version) return html`<div role="status"><h1>${t("restore.version-gone")}</h1></div>`;
  if (roots.error) return html`<${Trouble} error=${roots.error} id=${id} again=${roots.again} />`;
  if (!roots.found) return html`<p class="quiet" role="status">${t("loading")}</p>`;
  const outer = roots.found.Data.map((each) => each.Path);
  const folder = asked || (outer.length === 1 ? outer[0] : "");
  const paths = chosenOf(id, seconds);
  return html`<header class="head"><div role="status">
      <h1>${t("restore.as-of")} <${Moment} at=${new Date(seconds * 1000)} /></h1>
      <p class="quiet">${version.FileCount >= 0 && `${count("files", version.FileCount)}, ${size(version.FileSizes)}. `}${t("restore.tick")}</p>
    </div></header>
    <${Crumbs} id=${id} seconds=${seconds} roots=${outer} folder=${folder} />
    <${Folder} id=${id} seconds=${seconds} folder=${folder} />
    <${Chosen} id=${id} seconds=${seconds} paths=${paths} />`;
}
