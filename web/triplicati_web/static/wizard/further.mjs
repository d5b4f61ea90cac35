// Further destinations of a backup: each gets a copy of all volumes.

import { html, useEffect, useRef, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { AddressForm } from "./address_form.mjs";
import { testFurther } from "./asks.mjs";
import { withBackup } from "./draft.mjs";
import { Field } from "./field.mjs";
import { copied, fresh, often, oftenWords, placeWords } from "./further_words.mjs";
import { change, work } from "./store.mjs";
import { Tried } from "./tried.mjs";

const SHOWN = 5;
const MOST = 9999;

function ruleWord(rule) {
  return { each: t("further.each"), days: t("further.days"), hours: t("further.hours"), counting: t("further.counting"), other: t("further.other") }[rule];
}

function Often({ target, onChange }) {
  const [rule, number] = often(target);
  const rules = ["each", "days", "hours", "counting", ...(rule === "other" ? ["other"] : [])];
  const typed = (event) => {
    const wanted = Math.min(Number(event.target.value), MOST);
    if (wanted > 0) onChange(copied(target, rule, String(Math.floor(wanted))));
  };
  return html`<${Field} label=${t("further.often")} control=${(told) => html`<select ...${told} value=${rule} onChange=${(event) => onChange(copied(target, event.target.value, rule === "other" ? "1" : number))}>
      ${rules.map((each) => html`<option key=${each} value=${each}>${ruleWord(each)}</option>`)}</select>`} />
    ${["days", "hours", "counting"].includes(rule) && html`<${Field} label=${t("further.number")}
      control=${(told) => html`<input type="number" min="1" max=${MOST} step="1" inputmode="numeric" ...${told} value=${number} onInput=${typed} />`} />`}`;
}

function Row({ number, target, kinds, open, isNew, turn, onChange, onRemove }) {
  const form = useRef(null);
  useEffect(() => {
    if (isNew) form.current?.querySelector("select")?.focus();
  }, []);
  const place = placeWords(target);
  const put = (url) => onChange({ ...target, TargetUrl: url });
  return html`<li class="further"><div class="between">
      <div><b class="mono">${place}</b><p class="small quiet">${oftenWords(target)}</p></div>
      <p class="actions"><button type="button" aria-expanded=${open} aria-label=${t("further.change-of", { number, place })} onClick=${turn}>${open ? t("further.done") : t("review.change")}</button>
        <button type="button" class="plain" aria-label=${t("further.remove-of", { number, place })} onClick=${onRemove}>${t("queue.remove")}</button></p></div>
    ${open && html`<div class="fields" role="group" ref=${form} aria-label=${t("further.one", { number })}>
      <${AddressForm} url=${target.TargetUrl} kinds=${kinds} onChange=${put} />
      <${Often} target=${target} onChange=${onChange} />
      <${Tried} url=${target.TargetUrl} label=${t("further.test-of", { number })} onChange=${put}
        test=${(create) => testFurther(work.value.draft, target, create)} />
    </div>`}</li>`;
}

/** @param {{draft: import("./draft.mjs").Draft, kinds: any[]}} props */
export function Further({ draft, kinds }) {
  const targets = draft.Backup.AdditionalTargetURLs ?? [];
  const [open, turn] = useState(-1);
  const [whole, showAll] = useState(false);
  const added = useRef(-1);
  const title = useRef(null);
  const put = (next) => change((before) => withBackup(before, { AdditionalTargetURLs: next(before.Backup.AdditionalTargetURLs ?? []) }));
  const add = () => {
    put((all) => [...all, fresh("")]);
    added.current = targets.length;
    turn(targets.length);
    showAll(true);
  };
  const remove = (at) => {
    put((all) => all.filter((_, index) => index !== at));
    added.current = -1;
    turn(-1);
    title.current?.focus();
  };
  const shown = whole ? targets : targets.slice(0, SHOWN);
  return html`<section class="furthers" aria-labelledby="further-title">
    <h2 id="further-title" tabindex="-1" ref=${title}>${t("further.title")}</h2>
    <p class="quiet small">${t("further.means")}</p>
    ${targets.length > 0 && html`<ul aria-labelledby="further-title">${shown.map((target, at) => html`<${Row} key=${target.UrlKey ?? at} number=${at + 1} target=${target} kinds=${kinds}
      open=${open === at} isNew=${at === added.current} turn=${() => turn(open === at ? -1 : at)} onRemove=${() => remove(at)}
      onChange=${(next) => put((all) => all.map((each, index) => (index === at ? next : each)))} />`)}</ul>`}
    <p class="actions">${shown.length < targets.length && html`<button type="button" onClick=${() => showAll(true)}>${t("further.more", { n: targets.length - shown.length })}</button>`}
      <button type="button" onClick=${add}>${t("further.add")}</button></p>
  </section>`;
}
