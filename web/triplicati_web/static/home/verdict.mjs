import { ago, exact } from "../format.mjs";
import { Moment } from "../controls.mjs";
import { html } from "../view.mjs";
import { count, number, t } from "../words.mjs";
import { proofs } from "../state.mjs";
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

const NAMED = 3;
const LOOKED_AT = { failed: "/log/last", warnings: "/log/last" };

/** The first of several, each to be looked at. */
function Several({ state, whose }) {
  const more = whose.length - NAMED;
  return html`${whose.slice(0, NAMED).map((each, index) => html`${index > 0 && ", "}<a key=${each.Id}
    href="#/backup/${each.Id}${LOOKED_AT[state] ?? ""}">${each.Name}</a>`)}${more > 0 && html` ${t("review.more-sources", { n: number(more) })}`}`;
}

function advice(state, whose) {
  if (state === "ok") return null;
  if (whose.length > 1) return html`<${Several} state=${state} whose=${whose} />`;
  const to = `#/backup/${whose[0].Id}`;
  if (state === "failed") return html`<a href="${to}/log/last">${t("advice.failed")}</a>`;
  if (state === "warnings") return html`<a href="${to}/log/last">${t("advice.warnings")}</a>`;
  if (state === "late") return t("advice.late");
  if (state === "never") return t("advice.never");
  if (state === "paused") return t("advice.paused");
  return null;
}

/** Percent of all that is stored and was read back; null where nothing is, or some of it was not good. */
function provenShare(all) {
  const held = all.map(([{ Id: id }]) => proofs.value[id]).filter(Boolean);
  const sum = (name) => held.reduce((total, each) => total + each[name], 0);
  return sum("Bytes") > 0 && sum("Damaged") === 0 ? Math.floor((sum("CheckedBytes") / sum("Bytes")) * 100) : null;
}

/** One sentence that says whether all is well, and what to do if not. @param {{all: [any, any][]}} props */
export function Verdict({ all }) {
  const { state, whose } = worst(all);
  const lasts = all.map(([, each]) => each.last).filter(Boolean);
  const nexts = all.map(([, each]) => each.next).filter(Boolean);
  const last = lasts.length ? new Date(Math.max(...lasts)) : null;
  const next = nexts.length ? new Date(Math.min(...nexts)) : null;
  const broken = state === "failed" ? null : all.map(([backup]) => backup).find(({ Id: id }) => proofs.value[id]?.Damaged > 0);
  const what = broken ? html`<a href="#/proof/${broken.Id}">${t("verdict.look-damaged")}</a>` : advice(state, whose);
  const said = broken
    ? count("proof.is-damaged", proofs.value[broken.Id].Damaged, { name: broken.Name })
    : sentence(state, whose, whose.length === 1);
  const proven = provenShare(all);
  return html`<div>
    <div role="status"><h1>${said}</h1></div>
    <p class="quiet">
      ${what && html`${what} · `}
      ${last ? html`${t("verdict.last")} <time datetime=${last.toISOString()} title=${exact(last)}>${ago(last)}</time>` : t("verdict.no-run")}
      ${next && html` · ${t("verdict.next")} <${Moment} at=${next} />`}
      ${proven !== null && html` · <a href="#/proof">${proven > 0 ? t("verdict.proven", { share: number(proven) }) : t("verdict.unproven")}</a>`}
    </p>
  </div>`;
}
