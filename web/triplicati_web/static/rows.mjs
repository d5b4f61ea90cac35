// A list of rows of one height, of which only those in sight are in the page: 100,000 scroll as ten do.

import { html, useEffect, useRef, useState } from "./view.mjs";
import { bringIntoView, useVirtual } from "./virtual.mjs";

const ROLES = { list: "listitem", grid: "row" };
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

/** What a screen reader is told of where a row stands. */
function standing(kind, index, count) {
  return kind === "grid" ? { "aria-rowindex": index + 1 } : { "aria-posinset": index + 1, "aria-setsize": count };
}

function Row({ kind, index, count, height, active, more, children }) {
  const place = (box) => box?.style.setProperty("--top", `${index * height}px`);
  return html`<div ref=${place} class="row" role=${ROLES[kind]} data-index=${index} tabindex=${active ? 0 : -1}
    ...${standing(kind, index, count)} ...${more}>${children}</div>`;
}

function moved(key, index, count, page) {
  if (key in STEPS) return index + STEPS[key];
  return { PageDown: index + page, PageUp: index - page, Home: 0, End: count - 1 }[key];
}

/** A key on a row itself: the blank presses its check box, Enter its link or button. */
function press(event) {
  const wanted = { " ": "input[type=checkbox]", Enter: "a, button" }[event.key];
  const found = wanted && event.target.querySelector(wanted);
  if (!found) return;
  event.preventDefault();
  found.click();
}

/**
 * Arrow keys, PageUp, PageDown, Home and End move the focus from row to row; one row is a stop of the tab key.
 * @param {{
 *   count: number,
 *   height: number,
 *   label: string,
 *   row: (index: number, stop: 0 | -1) => any,
 *   kind?: "list" | "grid",
 *   more?: (index: number) => Record<string, any>,
 *   onKey?: (event: KeyboardEvent, index: number, go: (index: number) => void) => void,
 *   onSight?: (first: number, last: number) => void,
 * }} props `height` in pixels; `row` gives what stands in a row, where `stop` is the tabindex of the controls in
 *   it; `more` further attributes of it (as aria-level); `onKey` hears keys on a row that move nothing; `onSight`
 *   is told which rows are shown, to load them.
 */
export function VirtualRows({ count, height, label, row, kind = "list", more, onKey, onSight }) {
  const box = useRef(null);
  const wanted = useRef(-1);
  const [active, turn] = useState(0);
  const { from: first, to, rest, seen } = useVirtual(box, count, height);
  const current = Math.max(0, Math.min(active, count - 1));
  const last = to - 1;

  useEffect(() => {
    if (last >= first) onSight?.(first, last);
  }, [first, last, count]);
  useEffect(() => {
    if (wanted.current < 0) return;
    box.current.querySelector(`[data-index="${wanted.current}"]`)?.focus({ preventScroll: true });
    wanted.current = -1;
  });

  const go = (index) => {
    const next = Math.max(0, Math.min(index, count - 1));
    bringIntoView(box.current, next, height);
    seen();
    turn(next);
    // At once where it can be, so that the next key already goes there.
    const there = box.current.querySelector(`[data-index="${next}"]`);
    if (there) there.focus({ preventScroll: true });
    else wanted.current = next;
  };
  const keyed = (event) => {
    const index = Number(event.target.closest("[data-index]")?.dataset.index ?? current);
    const next = moved(event.key, index, count, Math.max(1, Math.floor(box.current.clientHeight / height) - 1));
    if (next !== undefined && event.target.type !== "text") {
      event.preventDefault();
      go(next);
    } else if (event.target.dataset.index !== undefined) {
      onKey?.(event, index, go);
      if (!event.defaultPrevented) press(event);
    }
  };
  const focused = (event) => {
    const at = event.target.closest("[data-index]");
    if (at) turn(Number(at.dataset.index));
  };

  const shown = [];
  for (let index = first; index <= last; index += 1) shown.push(index);
  // The row that has the focus stays, or the focus would be lost with it.
  if (count > 0 && (current < first || current > last)) shown.push(current);
  return html`<div ref=${box} class="rows" role=${kind} aria-label=${label} aria-rowcount=${kind === "grid" ? count : undefined}
      onScroll=${seen} onKeyDown=${keyed} onFocusIn=${focused}>
    <div ref=${rest} class="all" role="presentation">
      ${shown.map((index) => html`<${Row} key=${index} kind=${kind} index=${index} count=${count} height=${height}
        active=${index === current} more=${more?.(index)}>${row(index, index === current ? 0 : -1)}<//>`)}
    </div>
  </div>`;
}
