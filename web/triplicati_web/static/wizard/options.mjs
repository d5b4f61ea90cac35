// The options that are set, and all others to be found by their names and help.

import { readSystem } from "../actions.mjs";
import { useLoaded } from "../loading.mjs";
import { html, useRef, useState } from "../view.mjs";
import { number, t } from "../words.mjs";
import { readDefaults } from "./asks.mjs";
import { bare, withSetting } from "./draft.mjs";
import { Input } from "./option_inputs.mjs";
import { declaredFor, firstValue, groupName, isShown, matching } from "./option_list.mjs";

const MOST = 40;

function Help({ option }) {
  if (!option) return html`<p class="small quiet">${t("option.unknown")}</p>`;
  return html`<p class="small quiet">${option.LongDescription}${option.DefaultValue && html` ${t("option.default", { value: option.DefaultValue })}`}</p>
    ${option.Deprecated && html`<p class="small state late">${t("option.deprecated")} ${option.DeprecationMessage}</p>`}`;
}

/** An option that is set, with its input. @param {any} props */
export function Given({ name, value, option, onChange, onRemove }) {
  const id = `option-${name}`;
  return html`<li class="option">
    <div><label class="mono" for=${id}>${name}</label><${Help} option=${option} /></div>
    <div class="value"><${Input} option=${option} id=${id} label=${name} value=${value} onChange=${onChange} /></div>
    <button type="button" class="plain" aria-label=${t("option.remove", { name })} onClick=${onRemove}>${t("queue.remove")}</button>
  </li>`;
}

function Offered({ option, onAdd }) {
  return html`<li><div><span class="mono">${option.Name}</span><${Help} option=${option} /></div>
    <button type="button" aria-label=${t("option.add", { name: option.Name })} onClick=${onAdd}>${t("sources.add")}</button></li>`;
}

function Offers({ options, onAdd }) {
  return html`<ul class="lines">${options.map((each) => html`<${Offered} key=${each.Name} option=${each} onAdd=${() => onAdd(each)} />`)}</ul>`;
}

/** Further options, by name and help, or by what they are about. @param {{options: any[], onAdd: (option: any) => void}} props */
export function Add({ options, onAdd }) {
  const [text, type] = useState("");
  const [open, turn] = useState("");
  const found = matching(options, text);
  const groups = [...new Set(options.map((each) => each.Group))];
  return html`<section>
    <h2>${t("option.more")}</h2>
    <label>${t("option.search")}<input type="search" autocomplete="off" value=${text} onInput=${(event) => type(event.target.value)} /></label>
    ${text.trim()
      ? html`<p class="small quiet" role="status">${found.length ? t("option.found", { n: number(found.length) }) : t("option.none-found")}</p>
          <${Offers} options=${found.slice(0, MOST)} onAdd=${onAdd} />`
      : html`<details class="fold"><summary>${t("option.all")}</summary>${groups.map((group) => html`<details key=${group} class="fold" open=${open === group} onToggle=${(event) => event.target.open && turn(group)}>
          <summary>${groupName(group)} <span class="quiet small">${number(options.filter((each) => each.Group === group).length)}</span></summary>
          ${open === group && html`<${Offers} options=${options.filter((each) => each.Group === group)} onAdd=${onAdd} />`}</details>`)}</details>`}
  </section>`;
}

/** What the server says for all backups, where this one says nothing else. */
function Inherited({ settings, onAdd }) {
  if (!settings.length) return null;
  return html`<section><h2>${t("option.inherited")}</h2>
    <p class="quiet small">${t("option.inherited-means")}</p>
    <ul class="lines" aria-label=${t("option.inherited")}>${settings.map((each) => html`<li key=${each.Name}>
      <div class="mono">${bare(each.Name)} = ${each.Value}</div>
      <button type="button" aria-label=${t("option.override", { name: bare(each.Name) })} onClick=${() => onAdd(bare(each.Name), each.Value)}>${t("option.otherwise")}</button></li>`)}</ul>
  </section>`;
}

/** @param {{draft: import("./draft.mjs").Draft, change: import("./draft.mjs").Change}} props */
export function Options({ draft, change }) {
  const system = useLoaded(readSystem, []);
  const defaults = useLoaded(readDefaults, []);
  const list = useRef(null);
  if (!system || !defaults) return html`<p class="quiet">${t("loading")}</p>`;
  const declared = declaredFor(system, draft.Backup.TargetURL);
  const names = [...new Set(draft.Backup.Settings.map((each) => bare(each.Name)))];
  const put = (name, value) => change((before) => withSetting(before, name, value));
  const value = (name) => draft.Backup.Settings.filter((each) => bare(each.Name) === name).at(-1)?.Value ?? "";
  const shown = names.filter((each) => isShown(each, value(each)));
  const add = (name, first) => {
    put(name, first);
    // It is there when the change was drawn.
    requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(`option-${name}`)?.focus()));
  };
  const remove = (name) => {
    put(name, null);
    list.current?.focus();
  };
  const find = (name) => declared.find((each) => each.Name === name || each.Aliases?.includes(name));
  return html`<div class="part">
    <section>
      <h2 tabindex="-1" ref=${list}>${t("option.title")}</h2>
      ${shown.length === 0 && html`<p class="quiet">${t("option.none")}</p>`}
      <ul class="options" aria-label=${t("option.title")}>${shown.map((name) => html`<${Given} key=${name} name=${name} value=${value(name)} option=${find(name)}
        onChange=${(next) => put(name, next)} onRemove=${() => remove(name)} />`)}</ul>
    </section>
    <${Inherited} settings=${defaults.ApplicationOptions.filter((each) => isShown(bare(each.Name)) && !names.includes(bare(each.Name)))} onAdd=${add} />
    <${Add} options=${declared.filter((each) => isShown(each.Name) && !names.includes(each.Name))} onAdd=${(option) => add(option.Name, firstValue(option))} />
  </div>`;
}
