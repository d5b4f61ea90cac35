// Inputs for the values of options, each of its type; a text that they cannot show stays a text.

import { html } from "../view.mjs";
import { t } from "../words.mjs";

const SIZES = ["b", "kb", "mb", "gb", "tb"];
const SPANS = ["s", "m", "h", "D", "W", "M", "Y"];

const spanName = (unit) =>
  ({ s: t("unit.seconds"), m: t("unit.minutes"), h: t("unit.hours"), D: t("unit.days"), W: t("unit.weeks"), M: t("unit.months"), Y: t("unit.years") })[unit];

/** A text taken apart in number and unit, null where it is something else. @param {string} text @param {string} bare the unit of a number alone */
export function measured(text, units, bare) {
  const parts = /^\s*(\d*)\s*([A-Za-z]*)\s*$/.exec(text);
  const unit = parts && (parts[2] || bare);
  return parts && units.includes(unit) ? { number: parts[1], unit } : null;
}

function Measure({ value, units, bare, names, label, id, onChange }) {
  const text = bare === "s" ? value : value.toLowerCase().replace("ib", "b");
  const found = measured(text, units, value ? bare : names.usual);
  if (!found) return html`<${Text} value=${value} label=${label} id=${id} onChange=${onChange} />`;
  const put = (number, unit) => onChange(number === "" ? "" : `${number}${unit}`);
  return html`<span class="measure"><input id=${id} type="number" min="0" step="1" inputmode="numeric" aria-label=${label} value=${found.number} onInput=${(event) => put(event.target.value, found.unit)} />
    <select aria-label=${t("unit.of", { name: label })} value=${found.unit} onChange=${(event) => put(found.number, event.target.value)}>
      ${units.map((each) => html`<option key=${each} value=${each}>${names.of(each)}</option>`)}</select></span>`;
}

/** @param {{option: any, value: string, label: string, id?: string, onChange: (value: string) => void}} props */
export function Size({ option, value, label, id, onChange }) {
  const names = { of: (unit) => ({ b: "B", kb: "KiB", mb: "MiB", gb: "GiB", tb: "TiB" })[unit], usual: "mb" };
  return html`<${Measure} value=${value} units=${SIZES} bare=${option?.Unit || "b"} names=${names} label=${label} id=${id} onChange=${onChange} />`;
}

/** @param {{value: string, label: string, id?: string, usual?: string, onChange: (value: string) => void}} props */
export function Span({ value, label, id, usual = "D", onChange }) {
  return html`<${Measure} value=${value} units=${SPANS} bare="s" names=${{ of: spanName, usual }} label=${label} id=${id} onChange=${onChange} />`;
}

export function Text({ value, label, id, kind = "text", mono = true, onChange }) {
  const hides = kind === "password";
  return html`<input id=${id} type=${kind} class=${mono ? "mono" : ""} aria-label=${label} autocomplete=${hides ? "new-password" : "off"} spellcheck=${false}
    value=${value} onInput=${(event) => onChange(event.target.value)} />`;
}

/** Several of `values`, kept as a list with commas; others in it stay. */
export function Flags({ values, names = {}, value, onChange }) {
  const chosen = value.split(",").map((each) => each.trim()).filter(Boolean);
  const has = (name) => chosen.some((each) => each.toLowerCase() === name.toLowerCase());
  const turn = (name) => (event) => {
    const others = chosen.filter((each) => each.toLowerCase() !== name.toLowerCase());
    onChange((event.target.checked ? [...others, name] : others).join(","));
  };
  return values.map((name) => html`<label key=${name} class="line"><input type="checkbox" checked=${has(name)} onChange=${turn(name)} />${names[name] ?? name}</label>`);
}

export function Choice({ values, value, label, id, onChange }) {
  const known = values.find((each) => each.toLowerCase() === value.toLowerCase());
  return html`<select id=${id} aria-label=${label} value=${known ?? value} onChange=${(event) => onChange(event.target.value)}>
    ${(known ? values : [value, ...values]).map((each) => html`<option key=${each} value=${each}>${each}</option>`)}</select>`;
}

function Switch({ value, label, id, onChange }) {
  const on = /^(true|1|on|yes)?$/i.test(value);
  const known = on || /^(false|0|off|no)$/i.test(value);
  if (!known) return html`<${Text} value=${value} label=${label} id=${id} onChange=${onChange} />`;
  return html`<select id=${id} aria-label=${label} value=${on ? "true" : "false"} onChange=${(event) => onChange(event.target.value)}>
    <option value="true">${t("switch.on")}</option><option value="false">${t("switch.off")}</option></select>`;
}

/** The input of an option by its declaration. @param {{option: any, value: string, id: string, label: string, onChange: (value: string) => void}} props */
export function Input({ option, value, id, label, onChange }) {
  const rest = { value, id, label, onChange };
  switch (option?.Type) {
    case "Boolean": return html`<${Switch} ...${rest} />`;
    case "Enumeration": return html`<${Choice} values=${option.ValidValues ?? []} ...${rest} />`;
    case "Size": return html`<${Size} option=${option} ...${rest} />`;
    case "Timespan": return html`<${Span} usual="m" ...${rest} />`;
    case "Flags": return html`<div class="flags" role="group" aria-label=${label}><${Flags} values=${option.ValidValues ?? []} ...${rest} /></div>`;
    case "Integer": return /^\d*$/.test(value) ? html`<${Text} kind="number" ...${rest} />` : html`<${Text} ...${rest} />`;
    case "Password": return html`<${Text} kind="password" ...${rest} />`;
    default: return html`<${Text} ...${rest} />`;
  }
}
