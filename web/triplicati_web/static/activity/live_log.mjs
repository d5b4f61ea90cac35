import { inWords } from "../actions.mjs";
import { classOf, rankOf } from "../backup/run_log.mjs";
import { clock, exact } from "../format.mjs";
import { html, useEffect, useRef, useState } from "../view.mjs";
import { count, t } from "../words.mjs";
import { readLines } from "./asks.mjs";

const PACE = 1000;
const KEPT = 2000;

/** Asks for new lines while it is shown and not paused: the event stream does not carry them. */
function useLines(level, paused) {
  const [state, keep] = useState({ lines: /** @type {any[]} */ ([]), error: null });
  const newest = useRef(0);
  useEffect(() => {
    newest.current = 0;
    keep({ lines: [], error: null });
  }, [level]);
  useEffect(() => {
    if (paused) return undefined;
    const control = new AbortController();
    let timer;
    const look = async () => {
      try {
        const lines = await readLines(level, newest.current, control.signal);
        newest.current = lines.at(-1)?.ID ?? newest.current;
        const same = lines.length === 0;
        if (!control.signal.aborted) keep((before) => (same && !before.error ? before : { lines: [...before.lines, ...lines].slice(-KEPT), error: null }));
      } catch (error) {
        if (!control.signal.aborted) keep((before) => ({ ...before, error }));
      }
      if (!control.signal.aborted) timer = setTimeout(look, PACE);
    };
    look();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [level, paused]);
  return state;
}

function Line({ each }) {
  const at = new Date(each.When);
  return html`<li class=${classOf(rankOf(each.Type))}><time datetime=${each.When} title=${exact(at)}>${clock(at)}</time>${" "}
    ${each.Message}${each.Exception && html`<br />${each.Exception}`}</li>`;
}

/** What the server writes down at this moment. */
export function LiveLog() {
  const [level, choose] = useState("Information");
  const [paused, pause] = useState(false);
  const [follows, follow] = useState(true);
  const { lines, error } = useLines(level, paused);
  const box = useRef(null);
  useEffect(() => {
    if (follows && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [lines, follows]);
  return html`<div class="sieve">
      <label>${t("livelog.level")}<select value=${level} onChange=${(event) => choose(event.target.value)}>
        <option value="Error">${t("log.errors")}</option><option value="Warning">${t("log.warnings")}</option>
        <option value="Information">${t("livelog.usual")}</option><option value="Verbose">${t("livelog.much")}</option>
        <option value="Profiling">${t("log.all")}</option>
      </select></label>
      <span class="actions"><button aria-pressed=${paused} onClick=${() => pause(!paused)}>${paused ? t("resume") : t("livelog.hold")}</button>
        <label class="line"><input type="checkbox" checked=${follows} onChange=${(event) => follow(event.target.checked)} />${t("livelog.follow")}</label></span>
    </div>
    ${error && html`<p class="bad" role="alert">${inWords(error)}</p>`}
    ${lines.length === 0
      ? html`<p class="quiet">${t("livelog.none")}</p>`
      : html`<ol class="log" tabindex="0" ref=${box} aria-label=${t("livelog.title")}>${lines.map((each) => html`<${Line} key=${each.ID} each=${each} />`)}</ol>`}
    <p class="small quiet">${count("log.lines", lines.length)} ${paused && t("livelog.held")}</p>`;
}
