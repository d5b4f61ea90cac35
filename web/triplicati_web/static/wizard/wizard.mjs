// A new backup, or one that is changed: a step at a time, each with an address of its own.

import { Icon } from "../icons.mjs";
import { useLoaded } from "../loading.mjs";
import { place } from "../state.mjs";
import { html, useEffect, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { Leaving } from "./leaving.mjs";
import { NameStep } from "./name.mjs";
import { STEPS, missing, stepName } from "./steps.mjs";
import { change, open, work } from "./store.mjs";

const FIELDS = ["text", "password", "number", "search"];

// Each step but the first is loaded when it is opened.
const PARTS = {
  destination: async () => [(await import("./destination.mjs")).Destination],
  sources: async () => [(await import("./sources.mjs")).Sources],
  schedule: async () => [(await import("./schedule.mjs")).Schedule],
  options: async () => [(await import("./retention.mjs")).Retention, (await import("./options.mjs")).Options],
  review: async () => [(await import("./review.mjs")).Review],
  sheet: async () => [(await import("./sheet.mjs")).Sheet],
};
/** @type {Record<string, any[]>} */
const loaded = { name: [NameStep] };

/** What a step is made of. */
function Parts({ step, draft }) {
  useLoaded(async () => {
    loaded[step] ??= await PARTS[step]();
    return step;
  }, [step]);
  if (!loaded[step]) return html`<p class="quiet">${t("loading")}</p>`;
  return loaded[step].map((part) => html`<${part} draft=${draft} change=${change} />`);
}

/** The address of a step. @param {string | null} id @param {string} step */
export const addressOf = (id, step) => (id === null ? `#/new/${step}` : `#/edit/${id}/${step}`);

function Way({ here, reached }) {
  const { id } = work.value;
  return html`<nav class="way" aria-label=${t("wizard.steps")}><ol>
    ${STEPS.map((step, index) => {
      const lacks = step === "review" ? [] : missing(work.value, step);
      const told = lacks.length > 0 && index < reached;
      const done = step !== "review" && lacks.length === 0 && index < reached;
      return html`<li key=${step}><a href=${addressOf(id, step)} aria-current=${step === here ? "step" : undefined}>
        <span class="mark ${done ? "ok" : ""} ${told ? "warnings" : ""}">${done || told ? html`<${Icon} name=${done ? "ok" : "warnings"} />` : index + 1}</span>
        <span class="name">${stepName(step)}${done && html`<span class="unseen"> (${t("wizard.complete")})</span>`}
          ${told && html`<span class="lacks small">${lacks.join(" ")}</span>`}</span>
      </a></li>`;
    })}
  </ol></nav>`;
}

function Step({ here }) {
  const { id, draft, refused } = work.value;
  const [lacks, tell] = useState(/** @type {string[]} */ ([]));
  const index = STEPS.indexOf(here);
  useEffect(() => tell([]), [here, draft]);
  const next = () => {
    const found = missing(work.value, here);
    if (found.length) tell(found);
    else location.hash = addressOf(id, STEPS[index + 1]);
  };
  const pressed = (event) => {
    const plain = event.target.tagName === "INPUT" && FIELDS.includes(event.target.type) && !event.target.closest("dialog, [data-enter]");
    if (event.key !== "Enter" || !plain || index > 1 || event.defaultPrevented) return;
    event.preventDefault();
    next();
  };
  return html`<div class="step" onKeyDown=${pressed}>
    <h2 class="unseen">${stepName(here)}</h2>
    ${refused?.step === here && html`<p class="bad" role="alert">${t("wizard.refused")} ${refused.text}</p>`}
    <${Parts} step=${here} draft=${draft} />
    ${lacks.length > 0 && html`<p class="bad" role="alert">${lacks.join(" ")}</p>`}
    ${here !== "review" && html`<p class="actions ways">
      ${index > 0 && html`<a class="button" href=${addressOf(id, STEPS[index - 1])}>${t("wizard.back")}</a>`}
      <button class="main" onClick=${next}>${t("wizard.next")}</button>
      ${id !== null && html`<a href=${addressOf(id, "review")}>${t("wizard.to-review")}</a>`}
    </p>`}
  </div>`;
}

/** @param {{path: string[]}} props the id for a backup that is there, and the step */
export function Wizard({ path }) {
  const id = place.value[0] === "edit" ? (path[0] ?? "") : null;
  const here = (id === null ? path[0] : path[1]) ?? "name";
  const [failed, fail] = useState(false);
  const [reached, reach] = useState(0);
  useLoaded(async () => {
    fail(false);
    try {
      await open(id);
    } catch (error) {
      if (/** @type {any} */ (error).status !== 404) throw error;
      fail(true);
    }
  }, [id]);
  useEffect(() => {
    const index = here === "sheet" ? STEPS.length : STEPS.indexOf(here);
    reach((before) => Math.max(before, id === null ? index : STEPS.length));
  }, [here, id]);
  if (failed) return html`<div role="status"><h1>${t("backup.gone")}</h1></div><p><a href="#/">${t("place.home")}</a></p>`;
  if (!work.value || work.value.id !== id) return html`<h1>${t("loading")}</h1>`;
  if (here === "sheet") return html`<${Parts} step="sheet" draft=${work.value.draft} /><${Leaving} />`;
  const step = STEPS.includes(here) ? here : "name";
  const { before } = work.value;
  return html`<header class="head">
      <div>
        <h1>${id === null ? t("wizard.new") : t("wizard.edit", { name: before.Backup.Name })}</h1>
        <p role="status" class="quiet">${t("wizard.where", { n: STEPS.indexOf(step) + 1, all: STEPS.length, step: stepName(step) })}</p>
      </div>
      ${id === null
        ? step === "name" && html`<div class="actions"><a class="button" href="#/add">${t("wizard.import")}</a></div>`
        : html`<div class="actions"><a class="button" href="#/backup/${id}">${t("wizard.cancel")}</a></div>`}
    </header>
    <div class="wizard"><${Way} here=${step} reached=${reached} /><${Step} key=${step} here=${step} /></div>
    <${Leaving} />`;
}
