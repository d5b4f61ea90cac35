import { exact, shortened, size } from "../format.mjs";
import { html, useRef, useState } from "../view.mjs";
import { count, t } from "../words.mjs";

/** Never good without a record of it. @param {import("./asks.mjs").Cell} cell */
export function stateOf(cell) {
  if (cell.Damaged > 0) return "damaged";
  if (cell.Checked === 0) return "unknown";
  return cell.Checked < cell.Volumes ? "partly" : "good";
}

function stateWord(state) {
  return { damaged: t("proof.damaged"), unknown: t("proof.unknown"), partly: t("proof.partly"), good: t("proof.good") }[state];
}

/** What a cell is, in a sentence. */
function told(cell) {
  const name = cell.Name ? shortened(cell.Name, 60) : count("volumes", cell.Volumes);
  const when = cell.Oldest ? `, ${exact(new Date(cell.Oldest))}` : "";
  return `${name}, ${size(cell.Bytes)}: ${stateWord(stateOf(cell))}${when}`;
}

function Legend({ cells }) {
  const there = ["good", "partly", "unknown", "damaged"].map((state) => [state, cells.filter((each) => stateOf(each) === state).length]);
  return html`<ul class="legend small" aria-label=${t("proof.legend")}>
    ${there.filter(([state, number]) => number > 0 || state !== "partly").map(([state]) => html`<li key=${state}><i class="cell ${state}"></i>${stateWord(state)}</li>`)}
  </ul>`;
}

/** How many of the cells stand beside each other. @param {HTMLElement} box */
function perLine(box) {
  const [first] = box.children;
  return first ? Math.max(1, Math.round(box.clientWidth / (first.offsetWidth + 2))) : 1;
}

/**
 * Every volume, or several together, as a cell. One is a stop of the tab key, the arrows go to the others; what
 * the cell under the pointer or the focus is stands below.
 * @param {{cells: import("./asks.mjs").Cell[], name: string}} props
 */
export function Map({ cells, name }) {
  const box = useRef(null);
  const [active, turn] = useState(0);
  const [shown, show] = useState(-1);
  const current = Math.min(active, cells.length - 1);
  const keyed = (event) => {
    const line = perLine(box.current);
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: line, ArrowUp: -line };
    const to = event.key in steps ? current + steps[event.key] : { Home: 0, End: cells.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    box.current.children[Math.max(0, Math.min(cells.length - 1, to))].focus();
  };
  const at = (event) => Number(event.target.dataset.index ?? -1);
  const focused = (event) => {
    if (at(event) < 0) return;
    turn(at(event));
    show(at(event));
  };
  return html`<div class="map">
    <div class="cells" ref=${box} role="group" aria-label=${t("proof.map", { name })} onKeyDown=${keyed} onFocusIn=${focused}
      onPointerOver=${(event) => show(at(event))}>
      ${cells.map((cell, index) => html`<span key=${index} data-index=${index} role="img" tabindex=${index === current ? 0 : -1} class="cell ${stateOf(cell)}" aria-label=${told(cell)}></span>`)}
    </div>
    <p class="small quiet which">${cells[shown] ? told(cells[shown]) : t("proof.point")}</p>
    <${Legend} cells=${cells} />
  </div>`;
}
