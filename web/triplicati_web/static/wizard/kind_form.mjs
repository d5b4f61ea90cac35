// The form of a destination, made from what its kind declares.

import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { asked, taken, withAsked, written } from "./address.mjs";
import { Field } from "./field.mjs";
import { OptionField } from "./option_field.mjs";

const USER = "auth-username";
const PASSWORD = "auth-password";
const SEARCHED = 6;

function Text({ label, value, onChange, kind = "text", means }) {
  return html`<${Field} label=${label} means=${means}
    control=${(told) => html`<input type=${kind} autocomplete="off" spellcheck=${false} ...${told} value=${value} onInput=${(event) => onChange(event.target.value)} />`} />`;
}

/** Where it is, and who asks there: what every kind behind a network has. */
function Common({ address, say }) {
  const who = (name, part) => ({
    value: asked(address, name) || address[part],
    // Both places are read by the server; the form keeps one.
    onChange: (value) => say(withAsked({ ...address, [part]: "" }, name, value)),
  });
  return html`<${Text} label=${t("address.host")} value=${address.host} onChange=${(host) => say({ ...address, host })} />
    <${Text} label=${t("address.port")} value=${address.port} means=${t("address.port-means")} onChange=${(port) => say({ ...address, port: port.replace(/\D/g, "") })} />
    <${Text} label=${t("address.path")} value=${address.path} onChange=${(path) => say({ ...address, path })} />
    <${Text} label=${t("address.user")} ...${who(USER, "user")} />
    <${Text} label=${t("address.password")} kind="password" ...${who(PASSWORD, "password")} />`;
}

function More({ options, address, say }) {
  const [search, look] = useState("");
  const words = search.toLowerCase();
  const found = options.filter((each) => `${each.Name} ${each.ShortDescription}`.toLowerCase().includes(words));
  const unknown = address.query.filter(([name]) => ![USER, PASSWORD].includes(name) && !options.some((each) => each.Name === name));
  if (options.length + unknown.length === 0) return null;
  return html`<details class="more"><summary>${t("wizard.more")}</summary><div class="fields">
    ${options.length > SEARCHED && html`<label data-enter>${t("field.search")}<input type="search" value=${search} onInput=${(event) => look(event.target.value)} /></label>`}
    ${found.map((each) => html`<${OptionField} key=${each.Name} option=${each} value=${asked(address, each.Name)} onChange=${(value) => say(withAsked(address, each.Name, value))} />`)}
    ${unknown.map(([name, value]) => html`<${Text} key=${name} label=${name} value=${value} onChange=${(text) => say(withAsked(address, name, text))} />`)}
  </div></details>`;
}

/**
 * The fields of an address; the kinds are those of `readKinds`.
 * @param {{url: string, kinds: any[], onChange: (url: string) => void, choose?: (path: string) => void}} props `choose`
 *   opens a way to choose a folder of the server's machine
 */
export function KindForm({ url, kinds, onChange, choose }) {
  const address = taken(url);
  const [scheme, pick] = useState(address.scheme);
  const shown = url ? address.scheme : scheme;
  const kind = kinds.find((each) => each.Key === shown);
  const say = (next) => onChange(written(next));
  const turn = (next) => {
    pick(next);
    onChange(next === "file" ? "" : `${next}://`);
  };
  const own = (kind?.Options ?? []).filter((each) => !each.Deprecated && ![USER, PASSWORD].includes(each.Name));
  return html`<div class="fields">
    ${(kinds.length > 1 || !kind) && html`<label>${t("address.kind")}<select value=${shown} onChange=${(event) => turn(event.target.value)}>
      ${!kind && html`<option value=${shown}>${shown}</option>`}
      ${kinds.map((each) => html`<option key=${each.Key} value=${each.Key}>${each.DisplayName}</option>`)}
    </select></label>`}
    ${kind && html`<p class="quiet small">${kind.Description}</p>`}
    ${!kind && html`<p class="state-text warnings">${t("address.unknown-kind", { kind: shown })}</p>`}
    ${shown === "file"
      ? html`<${Text} label=${t("address.folder")} value=${address.path} onChange=${(path) => say({ ...address, scheme: "file", path })} />
          ${choose && html`<p><button onClick=${() => choose(address.path)}>${t("address.choose")}</button></p>`}`
      : html`<${Common} address=${address} say=${say} />`}
    <${More} options=${own} address=${address} say=${say} />
  </div>`;
}
