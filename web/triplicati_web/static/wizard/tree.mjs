// The folders of the server's machine, to choose from; only the rows that are seen are there.

import { inWords } from "../actions.mjs";
import { size } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { html, useEffect, useRef, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { useAnswer } from "./asking.mjs";
import { signed } from "./filter_kinds.mjs";
import { readFolder, tryFilters } from "./step_asks.mjs";
import { moved } from "./tree_keys.mjs";
import { placeOf, placesOf, rowsOf, takenOf, toggled } from "./tree_rows.mjs";
import { bringIntoView, useVirtual } from "../virtual.mjs";

const ROW = 34;
const CHECKED = { in: "true", partly: "mixed", out: "false", none: "false" };

/** What is in the folders that were opened, by the keys of their rows. */
function useFolders(hidden) {
  const [folders, keep] = useState(/** @type {Map<string, {entries: any[], bad: string}>} */ (new Map()));
  const paths = useRef(new Map([["", "/"]]));
  const turn = useRef(new AbortController());
  const load = async (key, path) => {
    paths.current.set(key, path);
    const { signal } = turn.current;
    let found;
    try {
      found = { entries: await readFolder(path, hidden, signal), bad: "" };
    } catch (error) {
      found = { entries: [], bad: inWords(error) };
    }
    if (!signal.aborted) keep((before) => new Map(before).set(key, found));
  };
  useEffect(() => {
    turn.current = new AbortController();
    for (const [key, path] of paths.current) load(key, path);
    return () => turn.current.abort();
  }, [hidden]);
  return { folders, load };
}

/** Whether filters let the rows through, as the engine says; what is not known yet is not in it. */
function useVerdicts(rows, places, filters) {
  const known = useRef({ rules: "", by: new Map() });
  const rules = JSON.stringify([places, filters]);
  if (known.current.rules !== rules) known.current = { rules, by: new Map() };
  const { by } = known.current;
  const asked = filters.length && places.length ? rows.filter((each) => !each.note && !by.has(each.path)).map((each) => each.path) : [];
  const ask = (signal) => (asked.length ? tryFilters({ Paths: asked, Sources: places, Filters: filters }, signal) : Promise.resolve([]));
  const { found } = useAnswer(async (signal) => ({ rules, rows: await ask(signal) }), [rules, asked]);
  if (found?.rules === rules) for (const each of found.rows) by.set(each.Path, each);
  return by;
}

/** Made anew only when a folder was opened, closed or read: there may be very many. */
function useRows(folders, open) {
  const made = useRef({ folders: null, open: null, rows: /** @type {import("./tree_rows.mjs").Row[]} */ ([]) });
  if (made.current.folders !== folders || made.current.open !== open) {
    made.current = { folders, open, rows: rowsOf(folders, open, t("loading")) };
  }
  return made.current.rows;
}

function Row({ row, index, here, isOpen, taken, reason, onOpen, onToggle }) {
  const set = (box) => box?.style.setProperty("--level", String(row.level - 1));
  if (row.note) return html`<div id="tree-${index}" role="treeitem" aria-level=${row.level} class="row note quiet ${here ? "here" : ""}" ref=${set}>${row.text}</div>`;
  const words = { in: "", partly: t("tree.partly"), out: t("tree.out"), none: "" }[taken];
  return html`<div id="tree-${index}" role="treeitem" aria-level=${row.level} aria-posinset=${row.at} aria-setsize=${row.of}
    aria-checked=${CHECKED[taken]} aria-expanded=${row.folder && !row.leaf ? isOpen : undefined}
    class="row ${taken} ${here ? "here" : ""}" ref=${set} title=${reason ? t("tree.by", { filter: reason }) : row.path} onClick=${onOpen}>
    <span class="turn ${isOpen ? "open" : ""}">${row.folder && !row.leaf && html`<${Icon} name="down" />`}</span>
    <span class="check" onClick=${onToggle}>${taken === "in" && html`<${Icon} name="ok" />`}</span>
    <span class="name ${row.folder ? "folder" : ""}">${row.text}</span>
    <span class="quiet small">${row.link ? t("tree.link") : words}${row.size >= 0 && html` ${size(row.size)}`}</span>
  </div>`;
}

/** @param {{draft: any, change: any, named: any[]}} props `named`: the folders that go by a name */
export function Tree({ draft, change, named }) {
  const [hidden, show] = useState(false);
  const [open, keepOpen] = useState(/** @type {Set<string>} */ (new Set()));
  const [here, go] = useState("");
  const typed = useRef({ text: "", time: 0 });
  const box = useRef(null);
  const { folders, load } = useFolders(hidden);
  const { Sources, Filters } = draft.Backup;
  const rows = useRows(folders, open);
  const at = placeOf(rows, here);
  const { from, to, rest, seen } = useVirtual(box, rows.length, ROW);
  const shown = rows.slice(from, to);
  const places = placesOf(Sources, named);
  const verdicts = useVerdicts(shown, places, signed(Filters));
  const takes = (row) => takenOf(row, places, Filters, verdicts.get(row.path));
  const turn = (row) => {
    if (!row.folder || row.leaf) return;
    const next = new Set(open);
    if (!next.delete(row.key)) {
      next.add(row.key);
      if (!folders.has(row.key)) load(row.key, row.path);
    }
    keepOpen(next);
  };
  const toggle = (row) => !row.note && change((before) => toggled(before, row, takes(row), named));
  const pressed = (event) => {
    const done = moved(event, rows, at, open, typed.current);
    if (!done) return;
    event.preventDefault();
    if (done.turn) turn(rows[at]);
    if (done.toggle) toggle(rows[at]);
    if (done.to !== undefined) {
      go(rows[done.to].key);
      bringIntoView(box.current, done.to, ROW);
    }
  };
  const clicked = (row) => () => {
    go(row.key);
    turn(row);
  };
  const checked = (row) => (event) => {
    event.stopPropagation();
    go(row.key);
    toggle(row);
  };
  return html`<div class="treebox">
    <div class="tree" role="tree" aria-label=${t("tree.title")} aria-multiselectable="true" tabindex="0" ref=${box} onScroll=${seen}
      aria-activedescendant="tree-${at}" onKeyDown=${pressed}>
      <div class="all" role="presentation" ref=${rest}>
        ${shown.map((row, index) => html`<${Row} key=${row.key} row=${row} index=${from + index} here=${from + index === at} isOpen=${open.has(row.key)}
          taken=${takes(row)} reason=${takes(row) === "out" && verdicts.get(row.path)?.MatchedFilter} onOpen=${clicked(row)} onToggle=${checked(row)} />`)}
      </div>
    </div>
    <label class="line small"><input type="checkbox" checked=${hidden} onChange=${(event) => show(event.target.checked)} />${t("tree.hidden")}</label>
  </div>`;
}
