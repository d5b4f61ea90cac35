import { attempt } from "../actions.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { testReports } from "./asks.mjs";
import { keyOf } from "./report_kind.mjs";

function Outcome({ each, kinds }) {
  const name = kinds.find((kind) => keyOf(kind) === each.Kind)?.DisplayName ?? each.Kind;
  return each.Sent
    ? html`<li><span class="state-text ok">${t("reports.sent", { kind: name })}</span></li>`
    : html`<li><div><span class="state-text warnings">${t("reports.failed", { kind: name })}</span><p>${each.Message}</p></div></li>`;
}

/** Sends a report now, with what the form says even before it is saved. @param {{kinds: any[], form: any}} props */
export function ReportTest({ kinds, form }) {
  const [found, tell] = useState(/** @type {any[] | null} */ (null));
  const [sending, wait] = useState(false);
  const test = async () => {
    wait(true);
    const own = Object.entries(form.changes).map(([name, value]) => [name, value ?? ""]);
    const outcomes = await attempt(() => testReports(Object.fromEntries(own)));
    if (outcomes) tell(outcomes);
    wait(false);
  };
  return html`<p class="actions saving"><button disabled=${sending} onClick=${test}>${sending ? t("reports.sending") : t("reports.test")}</button></p>
    <div role="status">${found?.length === 0 && html`<p class="quiet">${t("reports.none")}</p>`}
      ${found !== null && found.length > 0 && html`<ul class="lines" aria-label=${t("reports.outcome")}>${found.map((each) => html`<${Outcome} key=${each.Kind} each=${each} kinds=${kinds} />`)}</ul>`}</div>`;
}
