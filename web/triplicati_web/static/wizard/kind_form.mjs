// The form of a destination, made from what its kind declares.

import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { asked, folderOf, nameIn, taken, withAsked, withFolder, written } from "./address.mjs";
import { Field } from "./field.mjs";
import { formOf, grouped, hostWord, mainMeans, mainWord, pathWord, tokenPage } from "./kind_words.mjs";
import { OptionField } from "./option_field.mjs";
import { matching } from "./option_list.mjs";
import { Secret } from "./secret.mjs";

const USER = "auth-username";
const PASSWORD = "auth-password";
const SEARCHED = 6;

function Text({ label, value, onChange, means }) {
  return html`<${Field} label=${label} means=${means}
    control=${(told) => html`<input type="text" autocomplete="off" spellcheck=${false} ...${told} value=${value} onInput=${(event) => onChange(event.target.value)} />`} />`;
}

/** Host and path as one field; a slash that was just typed begins no folder yet. */
function Folder({ address, say }) {
  const [typed, type] = useState("");
  const shown = folderOf(address);
  const same = folderOf(withFolder(address, typed)) === shown;
  return html`<${Text} label=${t("address.folder")} value=${same && typed ? typed : shown} onChange=${(text) => {
    type(text);
    say(withFolder(address, text));
  }} />`;
}

/** Where it is. */
function Place({ address, form, say }) {
  const { Host, Port, Path } = form;
  const lies = { server: "", bucket: "", container: "", remote: t("address.remote-means") }[Host];
  if (Host === "folder") return html`<${Folder} address=${address} say=${say} />`;
  return html`${Host !== "none" && html`<${Text} label=${hostWord(Host)} means=${lies} value=${address.host} onChange=${(host) => say({ ...address, host })} />`}
    ${(Port || address.port) && html`<${Text} label=${t("address.port")} value=${address.port} means=${t("address.port-means")} onChange=${(port) => say({ ...address, port: port.replace(/\D/g, "") })} />`}
    ${(Path !== "none" || address.path) && html`<${Text} label=${pathWord(form)} value=${address.path} onChange=${(path) => say({ ...address, path })} />`}`;
}

/** Who asks there. */
function Login({ address, say }) {
  const who = (name, part) => ({
    value: asked(address, name) || address[part],
    // Both places are read by the server; the form keeps one.
    onChange: (value) => say(withAsked({ ...address, [part]: "" }, name, value)),
  });
  const label = t("address.password");
  return html`<${Text} label=${t("address.user")} ...${who(USER, "user")} />
    <${Field} label=${label} control=${(told) => html`<${Secret} told=${told} label=${label} ...${who(PASSWORD, "password")} />`} />`;
}

function Option({ option, address, say, ...words }) {
  const name = nameIn(address, option);
  return html`<${OptionField} option=${option} value=${asked(address, name)} onChange=${(value) => say(withAsked(address, name, value))} ...${words} />`;
}

/** How one comes by a token. */
function Token({ kind, address }) {
  const page = tokenPage(kind.Key, asked(address, "oauth-url"));
  return html`<p class="small">${t("address.token-how", { kind: kind.DisplayName })}${page && html` <a href=${page} target="_blank" rel="noreferrer noopener">${t("address.token-get")}</a>`}</p>`;
}

function More({ options, unknown, address, say }) {
  const [search, look] = useState("");
  if (options.length + unknown.length === 0) return null;
  return html`<details class="more"><summary>${t("wizard.more")}</summary><div class="fields">
    ${options.length > SEARCHED && html`<label data-enter>${t("field.search")}<input type="search" value=${search} onInput=${(event) => look(event.target.value)} /></label>`}
    ${matching(options, search).map((each) => html`<${Option} key=${each.Name} option=${each} address=${address} say=${say} />`)}
    ${unknown.map(([name, value]) => html`<${Text} key=${name} label=${name} value=${value} onChange=${(text) => say(withAsked(address, name, text))} />`)}
  </div></details>`;
}

function Kinds({ kinds, kind, shown, turn }) {
  const option = (each) => html`<option key=${each.Key} value=${each.Key}>${each.DisplayName}</option>`;
  const [common, others] = grouped(kinds);
  return html`<${Field} label=${t("address.kind")} control=${(told) => html`<select ...${told} value=${shown} onChange=${(event) => turn(event.target.value)}>
    ${!kind && html`<option value=${shown}>${shown}</option>`}
    <optgroup label=${t("address.common")}>${common.map(option)}</optgroup>
    ${others.length > 0 && html`<optgroup label=${t("address.others")}>${others.map(option)}</optgroup>`}
  </select>`} />`;
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
  const form = formOf(kind);
  const say = (next) => onChange(written(next));
  const turn = (next) => {
    pick(next);
    // Off where nothing is said, as in Duplicati; whoever fills in a form wants it.
    const secure = kinds.find((each) => each.Key === next)?.Form?.Main?.includes("use-ssl") ? "?use-ssl=true" : "";
    onChange(next === "file" ? "" : `${next}://${secure}`);
  };
  const local = shown === "file";
  const asksWho = !local && (form.Login || address.user || address.password);
  const all = (kind?.Options ?? []).filter((each) => !each.Deprecated);
  const main = local ? [] : form.Main.map((name) => all.find((each) => each.Name === name)).filter(Boolean);
  const rest = all.filter((each) => !main.includes(each) && !((asksWho || local) && [USER, PASSWORD].includes(each.Name)));
  const known = new Set([...all.flatMap((each) => [each.Name, ...(each.Aliases ?? [])]), USER, PASSWORD]);
  return html`<div class="fields">
    ${(kinds.length > 1 || !kind) && html`<${Kinds} kinds=${kinds} kind=${kind} shown=${shown} turn=${turn} />`}
    ${kind && html`<p class="quiet small">${kind.Description}</p>`}
    ${!kind && html`<p class="state-text warnings">${t("address.unknown-kind", { kind: shown })}</p>`}
    ${local
      ? html`<${Text} label=${t("address.folder")} value=${address.path} onChange=${(path) => say({ ...address, scheme: "file", path })} />
          ${choose && html`<p><button type="button" onClick=${() => choose(address.path)}>${t("address.choose")}</button></p>`}`
      : html`<${Place} key=${`place ${shown}`} address=${address} form=${form} say=${say} />`}
    ${asksWho && html`<${Login} address=${address} say=${say} />`}
    ${main.some((each) => each.Name === "authid") && html`<${Token} kind=${kind} address=${address} />`}
    ${main.map((each) => html`<${Option} key=${each.Name} option=${each} address=${address} say=${say} label=${mainWord(each)} means=${mainMeans(each.Name)} />`)}
    <${More} key=${`more ${shown}`} options=${rest} unknown=${address.query.filter(([name]) => !known.has(name))} address=${address} say=${say} />
  </div>`;
}
