import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { Field } from "./field.mjs";
import { Secret } from "./secret.mjs";

const TRUE = /^(true|1|on|yes)$/i;

/**
 * A field made from the declaration of an option. `value` "" is not said, so that its default counts; `label` is
 * what it is called in the words of what it is about, where it is not to go by its name.
 * @param {{option: any, value: string, label?: string, means?: any, onChange: (value: string) => void}} props
 */
export function OptionField({ option, value, label, means, onChange }) {
  const { Name, Type, ShortDescription, DefaultValue, ValidValues } = option;
  const standard = DefaultValue ? t("field.default", { value: DefaultValue }) : "";
  const help = label ? html`${means && html`${means} `}<span class="mono">${Name}</span> ${Type === "Enumeration" && standard}` : `${ShortDescription} ${standard}`;
  const title = label ?? Name;
  const typed = (event) => onChange(event.target.value);
  if (Type === "Boolean") {
    const on = TRUE.test(value || DefaultValue || "");
    return html`<div class="field"><label class="line"><input type="checkbox" checked=${on} onChange=${(event) => onChange(String(event.target.checked))} />${title}</label>
      <span class="quiet small">${help}</span></div>`;
  }
  if (Type === "Enumeration") {
    return html`<${Field} label=${title} means=${help} control=${(told) => html`<select ...${told} value=${value} onChange=${typed}>
      <option value="">${t("field.by-default")}</option>
      ${(ValidValues ?? []).map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
    </select>`} />`;
  }
  if (Type === "Password") {
    return html`<${Field} label=${title} means=${help} control=${(told) => html`<${Secret} told=${told} label=${title} value=${value} onChange=${onChange} />`} />`;
  }
  return html`<${Field} label=${title} means=${help} control=${(told) => html`<input type="text" inputmode=${Type === "Integer" ? "numeric" : undefined}
    autocomplete="off" spellcheck=${false} ...${told} value=${value} placeholder=${DefaultValue ?? ""} onInput=${typed} />`} />`;
}
