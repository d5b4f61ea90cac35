// The folders that are open, as rows; and how much of each is taken.

import { withBackup } from "./draft.mjs";
import { numbered, ordered, parsed, written } from "./filter_kinds.mjs";
import { closed, expanded, same, within } from "./paths.mjs";

/**
 * @typedef {{key: string, path: string, source: string, text: string, level: number, folder: boolean, leaf: boolean, link: boolean, special: boolean, size: number, at: number, of: number, parent: string, note: boolean}} Row
 *   `path` is where it is, `source` what it is chosen as
 * @typedef {"in" | "partly" | "out" | "none"} Taken `out` is left out of what is chosen, `none` not chosen
 */

function rowOf(entry, parent, level, at, of) {
  const special = entry.iconCls === "x-tree-icon-special" && entry.cls === "folder";
  const path = special ? closed(entry.resolvedpath) : entry.id;
  return {
    key: `${parent}|${entry.id}`, path, source: special ? `${entry.id}/` : path, text: entry.text, level, special,
    folder: entry.cls === "folder", leaf: entry.leaf, link: entry.symlink, size: entry.fileSize, at: at + 1, of, parent,
    note: false,
  };
}

/** @param {Map<string, {entries: any[], bad: string}>} folders by their rows' keys, "" for the first @param {Set<string>} open @param {string} waiting what stands where one is not there yet */
export function rowsOf(folders, open, waiting) {
  /** @type {Row[]} */
  const rows = [];
  const add = (key, level) => {
    const found = folders.get(key);
    const said = found ? found.bad : waiting;
    if (said) {
      rows.push({
        key: `${key}|`, path: "", source: "", text: said, level, folder: false, leaf: true, link: false,
        special: false, size: -1, at: 1, of: 1, parent: key, note: true,
      });
    }
    found?.entries.forEach((entry, at) => {
      const row = rowOf(entry, key, level, at, found.entries.length);
      rows.push(row);
      if (open.has(row.key)) add(row.key, level + 1);
    });
  };
  add("", 1);
  return rows;
}

/** Sources as paths, without those that are no folder here. */
export const placesOf = (sources, folders) => sources.filter((each) => !each.startsWith("@")).map((each) => expanded(each, folders));

const leftOut = (filters) =>
  filters.filter((each) => !each.Include).map((each) => parsed(each.Expression)).filter((each) => each.kind === "path").map((each) => each.value);

/**
 * @param {Row} row @param {string[]} places of the sources @param {import("./draft.mjs").Filter[]} filters
 * @param {{Included: boolean} | undefined} verdict of the filters, where it is known @returns {Taken}
 */
export function takenOf(row, places, filters, verdict) {
  if (!places.some((each) => within(row.path, each))) return places.some((each) => within(each, row.path)) ? "partly" : "none";
  if (verdict && !verdict.Included) return "out";
  const below = row.folder && leftOut(filters).some((each) => within(each, row.path) && !same(each, row.path));
  return below ? "partly" : "in";
}

/**
 * What a click makes of it: chosen, no longer chosen, left out, or taken again.
 * @param {import("./draft.mjs").Draft} draft @param {Row} row @param {Taken} taken @param {any[]} folders with a name
 */
export function toggled(draft, row, taken, folders) {
  const { Sources, Filters } = draft.Backup;
  const place = (source) => expanded(source, folders);
  const own = (source) => !source.startsWith("@") && same(place(source), row.path);
  const inside = (source) => !source.startsWith("@") && within(place(source), row.path);
  const covered = Sources.some((each) => !each.startsWith("@") && within(row.path, place(each)));
  if (!covered) return withBackup(draft, { Sources: [...Sources.filter((each) => !inside(each)), row.source] });
  if (Sources.some(own)) return withBackup(draft, { Sources: Sources.filter((each) => !own(each)) });
  const isOwn = (each, include) => {
    const { kind, value } = parsed(each.Expression);
    return each.Include === include && kind === "path" && value === row.path;
  };
  const rest = (include) => ordered(Filters).filter((each) => !isOwn(each, include));
  const expression = written("path", row.path);
  if (taken !== "out") return withBackup(draft, { Filters: numbered([{ Include: false, Expression: expression }, ...rest(true)]) });
  const without = rest(false);
  if (without.length < Filters.length) return withBackup(draft, { Filters: numbered(without) });
  return withBackup(draft, { Filters: numbered([{ Include: true, Expression: expression }, ...without]) });
}

/** Where a row is, or what is there in its stead once it is gone. @param {Row[]} rows @param {string} key @returns {number} */
export function placeOf(rows, key) {
  const own = rows.findIndex((each) => each.key === key);
  if (own >= 0) return own;
  // What stood for a folder that was not there yet gives way to what is in it.
  const inside = key.endsWith("|") ? rows.findIndex((each) => each.parent === key.slice(0, -1)) : -1;
  return Math.max(0, inside >= 0 ? inside : rows.map((each) => key.startsWith(`${each.key}|`)).lastIndexOf(true));
}
