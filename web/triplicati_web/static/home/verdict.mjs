import { ago, exact } from "../format.mjs";
import { Moment } from "../controls.mjs";
import { html } from "../view.mjs";
import { count, t } from "../words.mjs";
import { worst } from "./standing.mjs";

function sentence(state, whose, one) {
  const names = { name: whose[0].Name };
  if (state === "failed") return one ? t("verdict.failed", names) : count("verdict.failed-many", whose.length);
  if (state === "late") return one ? t("verdict.late", names) : count("verdict.late-many", whose.length);
  if (state === "warnings") return one ? t("verdict.warnings", names) : count("verdict.warnings-many", whose.length);
  if (state === "never") return one ? t("verdict.never", names) : count("verdict.never-many", whose.length);
  if (state === "paused") return one ? t("verdict.paused", names) : count("verdict.paused-many", whose.length);
  if (state === "waiting") return one ? t("verdict.waiting", names) : count("verdict.waiting-many", whose.length);
  if (state === "running" || state === "stopping") return t("verdict.running", names);
  return t("verdict.ok");
}

function advice(state, whose) {
  const to = whose.length === 1 ? `#/backup/${whose[0].Id}` : null;
  if (state === "failed") return to && html`<a href="${to}/log">${t("advice.failed")}</a>`;
  if (state === "warnings") return to && html`<a href="${to}/log">${t("advice.warnings")}</a>`;
  if (state === "late") return t("advice.late");
  if (state === "never") return t("advice.never");
  if (state === "paused") return t("advice.paused");
  return null;
}

/** One sentence that says whether all is well, and what to do if not. @param {{all: [any, any][]}} props */
export function Verdict({ all }) {
  const { state, whose } = worst(all);
  const lasts = all.map(([, each]) => each.last).filter(Boolean);
  const nexts = all.map(([, each]) => each.next).filter(Boolean);
  const last = lasts.length ? new Date(Math.max(...lasts)) : null;
  const next = nexts.length ? new Date(Math.min(...nexts)) : null;
  const what = advice(state, whose);
  return html`<div>
    <div role="status"><h1>${sentence(state, whose, whose.length === 1)}</h1></div>
    <p class="quiet">
      ${what && html`${what} · `}
      ${last ? html`${t("verdict.last")} <time datetime=${last.toISOString()} title=${exact(last)}>${ago(last)}</time>` : t("verdict.no-run")}
      ${next && html` · ${t("verdict.next")} <${Moment} at=${next} />`}
    </p>
  </div>`;
}
