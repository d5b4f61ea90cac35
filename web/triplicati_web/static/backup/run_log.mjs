import { shortened } from "../format.mjs";
import { VirtualRows } from "../rows.mjs";
import { html, useState } from "../view.mjs";
import { count, t } from "../words.mjs";

const ROW = 28;
const MARK = /^(\S+ \S+) \S+ - \[(\w+)-[^\]]*\]: /;
const RANKS = { ExplicitOnly: 0, Profiling: 0, Verbose: 0, Retry: 1, Information: 1, DryRun: 1, Warning: 2, Error: 3 };

/** Of how much weight a level is: 1 for what is told, 2 for warnings, 3 for errors. @param {string} level */
export const rankOf = (level) => RANKS[level] ?? 1;

/** The lines of a log with their levels: what has no mark belongs to the line before. @param {string[]} lines */
function marked(lines) {
  let level = "Information";
  return lines.map((text) => {
    level = MARK.exec(text)?.[2] ?? level;
    return { text, rank: rankOf(level) };
  });
}

/** Without where in the program it comes from, which the whole line has. @param {string} text @param {number} rank */
const shortLine = (text, rank) => shortened(text.replace(MARK, rank > 1 ? "$1 [$2] " : "$1 "), 400);

/** How a line of a weight looks. @param {number} rank */
export const classOf = (rank) => ({ 2: "warning", 3: "error" })[rank] ?? "";

/** What a run wrote: by level and by words that are in it. @param {{lines: string[]}} props */
export function RunLog({ lines }) {
  const [least, choose] = useState(0);
  const [words, type] = useState("");
  const [whole, open] = useState("");
  const wanted = words.trim().toLowerCase();
  const shown = marked(lines).filter((each) => each.rank >= least && each.text.toLowerCase().includes(wanted));
  return html`<section>
    <h2>${t("run.log")}</h2>
    ${lines.length === 0
      ? html`<p class="quiet">${t("run.no-log")}</p>`
      : html`<div class="sieve" role="search" aria-label=${t("run.log")}>
          <label>${t("log.least")}<select value=${least} onChange=${(event) => choose(Number(event.target.value))}>
            <option value="0">${t("log.all")}</option><option value="2">${t("log.warnings")}</option><option value="3">${t("log.errors")}</option>
          </select></label>
          <label>${t("log.words")}<input type="search" value=${words} onInput=${(event) => type(event.target.value)} /></label>
        </div>
        <div class="lines-of-log" onFocusIn=${(event) => open(shown[event.target.dataset.index]?.text ?? "")}><${VirtualRows} count=${shown.length} height=${ROW} label=${t("run.log")}
          row=${(index) => html`<span class="mono ${classOf(shown[index].rank)}" title=${shown[index].text}>${shortLine(shown[index].text, shown[index].rank)}</span>`} /></div>
        ${whole && html`<p class="whole mono">${whole}</p>`}
        <p class="small quiet" role="status">${count("log.lines", shown.length)}</p>`}
  </section>`;
}
