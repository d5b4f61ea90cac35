import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { Flags, Input } from "../wizard/option_inputs.mjs";
import { Field } from "../wizard/field.mjs";

const KEYS = { sendmail: "mail", sendhttp: "http", sendxmpp: "xmpp", sendtelegram: "telegram", sendapprise: "apprise" };
// What one has to say; the rest has good defaults.
const NEEDED = /-(to|from|url|urls|username|password|channel-id|bot-id|api-key|level)$/;

/** Whether a module sends reports. @param {{Key: string}} module */
export const isReport = ({ Key }) => Key in KEYS;
/** The name of a kind among the outcomes of a test. @param {{Key: string}} module */
export const keyOf = ({ Key }) => KEYS[Key];

/** @param {any} kind @param {any} form whether reports of the kind have an address */
function isOn(kind, form) {
  return kind.Options.some(({ Name }) => /-(to|urls?|channel-id)$/.test(Name) && Name !== "send-mail-url" && form.value(`--${Name}`));
}

function Told({ option, form }) {
  const { Name, Type, ShortDescription, DefaultValue, ValidValues } = option;
  const name = `--${Name}`;
  const value = form.value(name);
  const put = (next) => form.put(name, next);
  const label = ShortDescription.replace(/\.$/, "");
  const means = html`<span class="mono">${Name}</span>${DefaultValue ? ` ${t("field.default", { value: DefaultValue })}` : ""}`;
  if (Type === "Boolean") {
    return html`<div class="field"><label class="line"><input type="checkbox" checked=${(value || DefaultValue) === "true"} onChange=${(event) => put(String(event.target.checked))} />${label}</label>
      <span class="quiet small">${means}</span></div>`;
  }
  if (Type === "Flags") {
    return html`<fieldset><legend>${label}</legend><div class="flags"><${Flags} values=${ValidValues} value=${value || DefaultValue || ""} onChange=${put} /></div>
      <span class="quiet small">${means}</span></fieldset>`;
  }
  if (Type === "Enumeration") {
    return html`<${Field} label=${label} means=${means} control=${(told) => html`<select ...${told} value=${value} onChange=${(event) => put(event.target.value)}>
      <option value="">${t("field.by-default")}</option>${ValidValues.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}</select>`} />`;
  }
  return html`<${Field} label=${label} means=${means} control=${({ id }) => html`<${Input} option=${option} id=${id} label=${label} value=${value} onChange=${put} />`} />`;
}

/** The form of one kind of report, from what it declares. @param {{kind: any, form: any}} props */
export function ReportKind({ kind, form }) {
  const needed = kind.Options.filter(({ Name, Deprecated }) => NEEDED.test(Name) && !Deprecated && !/log-level$/.test(Name));
  const further = kind.Options.filter((each) => !needed.includes(each) && !each.Deprecated);
  return html`<details class="kind"><summary><b>${kind.DisplayName}</b> <span class="quiet small">${isOn(kind, form) ? t("reports.on") : t("reports.off")}</span></summary>
    <div class="fields">
      <p class="quiet small">${kind.Description}</p>
      ${needed.map((option) => html`<${Told} key=${option.Name} option=${option} form=${form} />`)}
      <details class="more"><summary>${t("wizard.more")}</summary><div class="fields">
        ${further.map((option) => html`<${Told} key=${option.Name} option=${option} form=${form} />`)}</div></details>
    </div></details>`;
}
