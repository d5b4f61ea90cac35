import { Dialog } from "../controls.mjs";
import { attempt, runBackup } from "../actions.mjs";
import { Refused } from "../api.mjs";
import { useLoaded } from "../loading.mjs";
import { told } from "../state.mjs";
import { html, useState } from "../view.mjs";
import { count, t } from "../words.mjs";
import { readCommands, readHeld, rebuildDatabase, saveChanged, saveNew } from "./asks.mjs";
import { Copy } from "../copy.mjs";
import { setting } from "./draft.mjs";
import { encryptionOf } from "./encryption.mjs";
import { oftenWords, placeWords } from "./further_words.mjs";
import { STEPS, concerned, inTheWay, missing, stepName } from "./steps.mjs";
import { forget, note, work } from "./store.mjs";
import { retentionWords, scheduleWords } from "./in_words.mjs";

const SHOWN = 8;
const address = (id, step) => (id === null ? `#/new/${step}` : `#/edit/${id}/${step}`);

function Fact({ step, children }) {
  const { id } = work.value;
  return html`<dt>${stepName(step)}</dt><dd>${children} <a class="small" href=${address(id, step)} aria-label=${t("review.change-of", { step: stepName(step) })}>${t("review.change")}</a></dd>`;
}

function Sources({ sources, filters }) {
  if (!sources.length) return t("wizard.no-sources");
  return html`<ul class="mono">${sources.slice(0, SHOWN).map((each) => html`<li key=${each}>${each}</li>`)}</ul>
    ${sources.length > SHOWN && html`<p>${t("review.more-sources", { n: sources.length - SHOWN })}</p>`}
    ${filters.length > 0 ? count("review.filters", filters.length) : t("review.no-filters")}`;
}

function Copies({ targets }) {
  if (!targets.length) return null;
  return html`<ul>${targets.map((each, at) => html`<li key=${at}>${t("review.copy")} <span class="mono">${placeWords(each)}</span>, ${oftenWords(each)}</li>`)}</ul>`;
}

function locked(draft) {
  const kind = encryptionOf(draft);
  if (kind === "none") return t("review.not-encrypted");
  return t("review.encrypted", { kind: kind.toUpperCase() });
}

function Facts({ draft, commands }) {
  const { Backup, Schedule } = draft;
  const prefix = setting(draft, "prefix");
  return html`<dl class="pairs">
    <${Fact} step="name">${Backup.Name.trim() && html`<b>${Backup.Name}</b>. `}${locked(draft)}<//>
    <${Fact} step="destination"><span class="mono">${commands?.Target ?? ""}</span>${prefix && ` ${t("review.prefix", { prefix })}`}
      <${Copies} targets=${Backup.AdditionalTargetURLs ?? []} /><//>
    <${Fact} step="sources"><${Sources} sources=${Backup.Sources} filters=${Backup.Filters ?? []} /><//>
    <${Fact} step="schedule">${scheduleWords(Schedule)}<//>
    <${Fact} step="options">${retentionWords(draft)}<//>
  </dl>`;
}

function Lacks() {
  const { id } = work.value;
  const found = STEPS.flatMap((step) => missing(work.value, step).map((text) => ({ step, text })));
  if (!found.length) return null;
  return html`<div role="alert"><p class="bad">${t("review.missing")}</p>
    <ul>${found.map(({ step, text }) => html`<li key=${text}><a href=${address(id, step)}>${stepName(step)}</a>: ${text}</li>`)}</ul></div>`;
}

/** Where something at the destination would be in the way, one must say first what becomes of it. */
async function isFree() {
  if (work.value.id !== null || work.value.held !== null) return true;
  const found = await readHeld(work.value.draft).catch(() => null);
  note({ held: found?.Data ?? null });
  return inTheWay(work.value) === null;
}

async function save(runs) {
  const { id, draft, before, holding } = work.value;
  if (!(await isFree())) {
    location.hash = address(id, "destination");
    return;
  }
  let saved;
  try {
    saved = id === null ? await saveNew(draft, holding === "open") : await saveChanged(draft, before);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const step = concerned(error.message);
    note({ refused: { step, text: error.message } });
    location.hash = address(id, step);
    return;
  }
  forget();
  location.hash = `#/backup/${saved}`;
  told.value = { text: t("wizard.saved"), bad: false };
  if (holding === "open") await rebuildDatabase(saved);
  if (runs) await runBackup(saved);
}

function Commands({ commands }) {
  return html`<details class="more"><summary>${t("review.command")}</summary>
    <p class="quiet small">${t("review.command-means")}</p>
    <pre class="command mono" tabindex="0" aria-label=${t("review.command")}>${commands.Backup}</pre>
    <p class="actions"><${Copy} text=${commands.Backup} /></p></details>`;
}

/** Everything at one glance, before it is saved. @param {{draft: import("./draft.mjs").Draft}} props */
export function Review({ draft }) {
  const { id, before, sheet } = work.value;
  const [runs, wantRun] = useState(id === null);
  const [asks, ask] = useState(false);
  const [saving, wait] = useState(false);
  const commands = useLoaded(() => readCommands(draft), [draft]);
  const lacking = STEPS.some((step) => missing(work.value, step).length > 0);
  const sameKey = encryptionOf(draft) === encryptionOf(before) && setting(draft, "passphrase") === setting(before, "passphrase");
  const needsSheet = !sheet && (id === null || !sameKey || draft.Backup.TargetURL !== before.Backup.TargetURL);
  const now = async () => {
    ask(false);
    wait(true);
    await attempt(() => save(runs));
    wait(false);
  };
  return html`<${Facts} draft=${draft} commands=${commands} />
    <p class="recovery"><a class="button" href=${address(id, "sheet")}>${t("sheet.open")}</a> <span class="quiet small">${t("sheet.why")}</span></p>
    ${commands && html`<${Commands} commands=${commands} />`}
    <${Lacks} />
    <div class="fields">
      <label class="line"><input type="checkbox" checked=${runs} onChange=${(event) => wantRun(event.target.checked)} />${t("review.run-now")}</label>
      <p class="actions"><a class="button" href=${address(id, "options")}>${t("wizard.back")}</a>
        <button class="main" disabled=${lacking || saving} onClick=${() => (needsSheet ? ask(true) : now())}>${saving ? t("wizard.saving") : t("wizard.save")}</button></p>
    </div>
    ${asks && html`<${Dialog} title=${t("sheet.unseen")} onClose=${() => ask(false)}>
      <p>${t("sheet.unseen-means")}</p>
      <p class="actions"><a class="button main" href=${address(id, "sheet")}>${t("sheet.open")}</a><button onClick=${now}>${t("sheet.save-anyway")}</button></p>
    <//>`}`;
}
