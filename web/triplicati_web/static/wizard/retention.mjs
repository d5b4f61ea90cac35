// Which versions stay, and what that means for those there are, or for a year of runs.

import { html, useState } from "../view.mjs";
import { number, t } from "../words.mjs";
import { useAnswer } from "./asking.mjs";
import { setting, withSetting } from "./draft.mjs";
import { Span, Text } from "./option_inputs.mjs";
import { given, keeping, keepingOf } from "./rules.mjs";
import { previewRetention } from "./step_asks.mjs";
import { Timeline } from "./timeline.mjs";

const WAYS = ["all", "smart", "time", "versions", "custom"];
// Without a schedule: once a day.
const DAILY = { Repeat: "1D", Time: "2024-01-01T02:00:00Z", AllowedDays: [] };

const wayName = (way) => ({ all: t("keep.all"), smart: t("keep.smart"), time: t("keep.time"), versions: t("keep.versions"), custom: t("keep.custom") })[way];
const wayMeans = (way) =>
  ({ all: t("keep.all-means"), smart: t("keep.smart-means"), time: t("keep.time-means"), versions: t("keep.versions-means"), custom: t("keep.custom-means") })[way];

function Fields({ draft, change, way }) {
  const put = (name) => (value) => change((before) => withSetting(before, name, value || null));
  const value = (name) => setting(draft, name) ?? "";
  if (way === "versions") return html`<label>${t("keep.how-many")}<${Text} kind="number" mono=${false} label=${t("keep.how-many")} value=${value("keep-versions")} onChange=${put("keep-versions")} /></label>`;
  if (way === "time") return html`<label>${t("keep.how-long")}<${Span} usual="M" label=${t("keep.how-long")} value=${value("keep-time")} onChange=${put("keep-time")} /></label>`;
  if (way !== "custom") return null;
  return html`<label>${t("keep.policy")}<${Text} label=${t("keep.policy")} value=${value("retention-policy")} onChange=${put("retention-policy")} /></label>
    <p class="small quiet">${t("keep.policy-how")}</p>`;
}

function Meaning({ draft }) {
  const { Backup, Schedule } = draft;
  const versions = Number(Backup.Metadata?.BackupListCount ?? 0);
  const saved = Boolean(Backup.ID) && versions > 0;
  const { Repeat, Time, AllowedDays, Rule = "" } = Schedule ?? DAILY;
  const wanted = saved ? { Options: given(draft), AfterRun: true } : { Options: given(draft), Schedule: { Repeat, Time, AllowedDays, Rule } };
  const { found, bad, id } = useAnswer((signal) => previewRetention(saved ? Backup.ID : null, wanted, signal), [Backup.ID, wanted]);
  if (bad) return html`<p class="bad" role="alert">${bad} ${/Invalid/.test(id) ? t("keep.mend") : t("keep.unknown")}</p>`;
  if (!found) return html`<p class="quiet">${t("loading")}</p>`;
  const numbers = { kept: number(found.Kept), all: number(found.Kept + found.Deleted) };
  const told = saved ? t("keep.told-saved", numbers) : Schedule ? t("keep.told-schedule", numbers) : t("keep.told-daily", numbers);
  return html`<p role="status">${told}</p><${Timeline} preview=${found} />`;
}

/** @param {{draft: import("./draft.mjs").Draft, change: import("./draft.mjs").Change}} props */
export function Retention({ draft, change }) {
  // What is typed may be nothing for a moment.
  const [chosen, choose] = useState("");
  const found = keepingOf(draft);
  const way = chosen && (found === "all" || chosen === "custom") ? chosen : found;
  const pick = (next) => () => {
    choose(next);
    change((before) => keeping(before, next));
  };
  return html`<section class="part keep">
    <h2 id="keep-title">${t("keep.title")}</h2>
    ${Object.keys(given(draft)).length > 1 && html`<p class="bad">${t("keep.several")}</p>`}
    <div class="picks" role="radiogroup" aria-labelledby="keep-title">${WAYS.map((each) => html`<label key=${each} class="line">
      <input type="radio" name="keep" checked=${way === each} onChange=${pick(each)} /><span>${wayName(each)}<span class="small quiet">${wayMeans(each)}</span></span></label>`)}</div>
    <div class="fields"><${Fields} draft=${draft} change=${change} way=${way} /></div>
    <h3>${t("keep.preview")}</h3>
    <${Meaning} draft=${draft} />
  </section>`;
}
