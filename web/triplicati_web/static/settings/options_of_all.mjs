// Options that every backup has unless it says otherwise.

import { readSystem } from "../actions.mjs";
import { useLoaded } from "../loading.mjs";
import { html, useRef } from "../view.mjs";
import { t } from "../words.mjs";
import { declaredFor, firstValue } from "../wizard/option_list.mjs";
import { Add, Given } from "../wizard/options.mjs";
import { Save, useSettings } from "./changing.mjs";

const DASHES = "--";
// Those have a place of their own.
const isReport = (name) => name.startsWith("send-");

export function OptionsOfAll() {
  const form = useSettings();
  const system = useLoaded(readSystem, []);
  const list = useRef(null);
  if (!form || !system) return html`<p class="quiet">${t("loading")}</p>`;
  const declared = declaredFor(system, "file://").filter((each) => !isReport(each.Name));
  const all = { ...form.saved, ...form.changes };
  const names = Object.keys(all).filter((each) => each.startsWith(DASHES) && all[each] !== null).map((each) => each.slice(DASHES.length));
  const given = names.filter((each) => !isReport(each)).sort();
  const add = (option) => {
    form.put(DASHES + option.Name, firstValue(option));
    // It is there when the change was drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(`option-${option.Name}`)?.focus()));
  };
  const remove = (name) => {
    form.put(DASHES + name, null);
    list.current?.focus();
  };
  return html`<p class="intro">${t("settings.options-mean")}</p>
    <section><form onSubmit=${form.save}>
      <div><h3 tabindex="-1" ref=${list}>${t("option.title")}</h3>
        ${given.length === 0 && html`<p class="quiet">${t("option.none")}</p>`}
        <ul class="options" aria-label=${t("option.title")}>${given.map((name) => html`<${Given} key=${name} name=${name} value=${form.value(DASHES + name)}
          option=${declared.find((each) => each.Name === name)} onChange=${(next) => form.put(DASHES + name, next)} onRemove=${() => remove(name)} />`)}</ul></div>
      <${Save} changed=${form.changed} />
    </form></section>
    <${Add} options=${declared.filter((each) => !given.includes(each.Name))} onAdd=${add} />`;
}
