import { html, useRef, useState } from "../view.mjs";
import { count, t } from "../words.mjs";
import { grown, kindOf, nameOf, tally, weights } from "./parts.mjs";
import { squarified } from "./squarify.mjs";

const ROOM = { x: 0, y: 0, width: 160, height: 100 };
const SHOWN = 80;
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** Smaller ones would not be seen: they stand in the table. */
function pictured(parts) {
  const shown = parts.slice(0, SHOWN);
  const all = weights(shown);
  const order = all.map((_, index) => index).sort((one, other) => all[other] - all[one]);
  const areas = squarified(order.map((index) => all[index]), ROOM);
  return order.map((index, at) => ({ part: shown[index], area: areas[at] }));
}

function Cell({ part, area, href, stop, onFocus }) {
  const set = (box) => {
    box?.style.setProperty("--x", `${(area.x / ROOM.width) * 100}%`);
    box?.style.setProperty("--y", `${(area.y / ROOM.height) * 100}%`);
    box?.style.setProperty("--width", `${(area.width / ROOM.width) * 100}%`);
    box?.style.setProperty("--height", `${(area.height / ROOM.height) * 100}%`);
  };
  const kind = kindOf(part);
  const told = `${nameOf(part)}: ${tally(part)}; ${grown(part.Growth)}`;
  const wide = area.width > 14 && area.height > 8;
  const inside = wide && html`<span>${nameOf(part)}</span>`;
  const shared = { ref: set, class: `part ${kind}`, title: told, "aria-label": told, tabindex: stop, onFocus };
  return href
    ? html`<li><a ...${shared} href=${href}>${inside}</a></li>`
    : html`<li><span ...${shared} role="img">${inside}</span></li>`;
}

/** What each colour and pattern is. */
export function Legend() {
  const names = { added: t("compare.kind-added"), modified: t("compare.kind-modified"), deleted: t("compare.kind-deleted") };
  return html`<ul class="legend small" aria-label=${t("compare.legend")}>
    ${Object.entries(names).map(([kind, name]) => html`<li key=${kind}><i class="part ${kind}"></i>${name}</li>`)}
  </ul>`;
}

/**
 * The parts of a folder as areas, as large as their changes. One of them is a stop of the tab key; the arrows go
 * to the others, Enter into a folder.
 * @param {{parts: any[], hrefOf: (part: any) => string | null}} props
 */
export function Treemap({ parts, hrefOf }) {
  const box = useRef(null);
  const [active, turn] = useState(0);
  const cells = pictured(parts);
  const keyed = (event) => {
    const to = event.key in STEPS ? active + STEPS[event.key] : { Home: 0, End: cells.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(cells.length - 1, to));
    turn(next);
    box.current.querySelectorAll(".part")[next]?.focus();
  };
  return html`<div class="treemap"><ul ref=${box} onKeyDown=${keyed} aria-label=${t("compare.picture")}>
      ${cells.map(({ part, area }, index) => html`<${Cell} key=${part.Path} part=${part} area=${area} href=${hrefOf(part)}
        stop=${index === Math.min(active, cells.length - 1) ? 0 : -1} onFocus=${() => turn(index)} />`)}
    </ul>
    <${Legend} />
    ${parts.length > SHOWN && html`<p class="small quiet">${count("compare.not-pictured", parts.length - SHOWN)}</p>`}
  </div>`;
}
