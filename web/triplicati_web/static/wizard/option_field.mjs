import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { Field } from "./field.mjs";

const TRUE = /^(true|1|on|yes)$/i;

/**
 * A field made from the declaration of an option. `value` "" is not said, so that its default counts.
 * @param {{option: any, value: string, onChange: (value: string) => void}} props
 */
export function OptionField({ option, value, onChange }) {
  const { Name, Type, ShortDescription, DefaultValue, ValidValues } = option;
  const help = `${ShortDescription}${DefaultValue ? ` ${t("field.default", { value: DefaultValue })}` : ""}`;
  const typed = (event) => onChange(event.target.value);
  if (Type === "Boolean") {
    const on = TRUE.test(value || DefaultValue || "");
    return html`<div class="field"><label class="line"><input type="checkbox" checked=${on} onChange=${(event) => onChange(String(event.target.checked))} />${Name}</label>
      <span class="quiet small">${help}</span></div>`;
  }
  if (Type === "Enumeration") {
    return html`<${Field} label=${Name} means=${help} control=${(told) => html`<select ...${told} value=${value} onChange=${typed}>
      <option value="">${t("field.by-default")}</option>
      ${(ValidValues ?? []).map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
    </select>`} />`;
  }
  const kind = Type === "Password" ? "password" : "text";
  return html`<${Field} label=${Name} means=${help} control=${(told) => html`<input type=${kind} inputmode=${Type === "Integer" ? "numeric" : undefined}
    autocomplete="off" spellcheck=${false} ...${told} value=${value} placeholder=${DefaultValue ?? ""} onInput=${typed} />`} />`;
}
