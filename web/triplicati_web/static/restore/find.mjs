// A backup to restore from: a search over all its versions, and the versions themselves.

import { size } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { isFolder, nameOf, parentOf } from "../paths.mjs";
import { VirtualRows } from "../rows.mjs";
import { place } from "../state.mjs";
import { html, useEffect, useState } from "../view.mjs";
import { count, number, t } from "../words.mjs";
import { searchAll } from "./asks.mjs";
import { Elsewhere } from "./choose_backup.mjs";
import { Trouble } from "./trouble.mjs";
import { Versions } from "./versions.mjs";

const ROW = 56;
const PAUSE = 120;

/** One entry for each path, with the versions that have it, newest first. */
function byPath(rows) {
  const found = new Map();
  for (const row of rows) {
    if (!found.has(row.Path)) found.set(row.Path, []);
    found.get(row.Path).push(row);
  }
  return [...found.entries()];
}

/** The rows of a search; asked anew for other words, and given up by the next key. */
function useSearch(id, words) {
  const [state, keep] = useState({ rows: null, pages: 0, error: null, busy: false });
  const [page, turnTo] = useState(0);
  useEffect(() => turnTo(0), [words]);
  useEffect(() => {
    if (!words.trim()) {
      keep({ rows: null, pages: 0, error: null, busy: false });
      return undefined;
    }
    const control = new AbortController();
    keep((before) => ({ ...before, busy: true }));
    const timer = setTimeout(() => {
      searchAll(id, words, page, control.signal).then(
        ({ Data: rows, PageInfo: info }) => {
          if (control.signal.aborted) return;
          keep((before) => ({ rows: page ? [...(before.rows ?? []), ...rows] : rows, pages: info.Pages, error: null, busy: false }));
        },
        (error) => control.signal.aborted || keep({ rows: null, pages: 0, error, busy: false }),
      );
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [id, words, page]);
  return { ...state, more: page + 1 < state.pages ? () => turnTo(page + 1) : null };
}

function Result({ id, path, rows, versions, stop }) {
  const folder = isFolder(path);
  const newest = rows[0];
  const at = versions[newest.Version]?.at;
  const href = folder ? `#/restore/${id}/v/${at}/${encodeURIComponent(path)}` : `#/restore/${id}/file/${encodeURIComponent(path)}`;
  return html`<div class="hit">
    <div class="what"><a href=${href} tabindex=${stop}>${nameOf(path)}${folder && "/"}</a>
      <span class="mono quiet" title=${path}>${parentOf(path)}</span></div>
    <div class="small quiet">
      <span>${t("restore.in-versions", { n: number(rows.length), all: number(versions.length) })}</span>
      ${newest.Version > 0 && html`<span class="state late"><${Icon} name="failed" />${t("restore.deleted-since")}</span>`}
      ${!folder && newest.Version === 0 && html`<span>${size(newest.Size)}</span>`}
    </div>
  </div>`;
}

function Results({ id, words, versions }) {
  const { rows, error, busy, more } = useSearch(id, words);
  if (error) return html`<${Trouble} error=${error} id=${id} />`;
  if (!rows) return html`<p class="quiet" role="status">${t("restore.searching")}</p>`;
  const found = byPath(rows);
  return html`<section aria-busy=${busy}>
    <p role="status" class="quiet">${found.length ? count("restore.found", found.length) : t("restore.found-nothing", { words })} ${more && t("restore.found-more")}</p>
    ${found.length > 0 && html`<${VirtualRows} kind="list" label=${t("restore.results")} count=${found.length} height=${ROW}
      row=${(index, stop) => html`<${Result} id=${id} path=${found[index][0]} rows=${found[index][1]} versions=${versions} stop=${stop} />`} />`}
    ${more && html`<p class="actions"><button onClick=${more}>${t("restore.more")}</button></p>`}
  </section>`;
}

/** @param {{id: string, backup: any, versions: any[], words: string}} props */
export function Find({ id, backup, versions, words: asked }) {
  const [words, type] = useState(asked);
  // Each way here by an address says anew what is searched for.
  useEffect(() => type(asked), [place.value]);
  const typed = (event) => {
    const { value } = event.target;
    type(value);
    // Without a step in the history for each key, and without moving the focus.
    history.replaceState(null, "", value.trim() ? `#/restore/${id}/find/${encodeURIComponent(value)}` : `#/restore/${id}`);
  };
  return html`<header class="head"><div role="status">
      <h1>${t("restore.from", { name: backup.Name })}</h1>
      <p class="quiet">${backup.IsTemporary ? t("restore.temporary") : versions.length > 0 && t("restore.how")}</p>
    </div></header>
    ${versions.length === 0
      ? html`<div class="teach"><p>${t("restore.no-versions")}</p><p class="actions"><a class="button" href="#/backup/${id}">${t("restore.look")}</a></p></div>`
      : html`<label class="search">${t("restore.search")}
          <input type="search" value=${words} onInput=${typed} placeholder=${t("restore.search-example")} spellcheck="false" autocomplete="off" />
        </label>
        ${words.trim() ? html`<${Results} id=${id} words=${words} versions=${versions} />` : html`<${Versions} id=${id} versions=${versions} />`}`}
    <${Elsewhere} />`;
}
