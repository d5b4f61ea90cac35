// From where this server can be reached.

import { attempt } from "../actions.mjs";
import { exact } from "../format.mjs";
import { useLoaded } from "../loading.mjs";
import { settingsTurn } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { Field } from "../wizard/field.mjs";
import { readAccess, readAuthority } from "./asks.mjs";
import { Save, useSettings } from "./changing.mjs";
import { downloadText } from "../download.mjs";

const INTERFACE = "server-listen-interface";
const NAMES = "allowed-hostnames";
const KNOWN = ["", "loopback", "any"];

function Listen({ form }) {
  const value = form.value(INTERFACE);
  const other = !KNOWN.includes(value);
  return html`<${Field} label=${t("access.interface")} means=${t("access.interface-means")}
    control=${(told) => html`<select ...${told} value=${value === "loopback" ? "" : value} onChange=${(event) => form.put(INTERFACE, event.target.value || "loopback")}>
      <option value="">${t("access.here")}</option><option value="any">${t("access.anywhere")}</option>
      ${other && html`<option value=${value}>${value}</option>`}</select>`} />
    ${value === "any" && html`<p class="state-text warnings">${t("access.open")}</p>`}
    ${INTERFACE in form.changes && html`<p class="state-text warnings" role="status">${t("access.restart")}</p>`}`;
}

function Secured({ found }) {
  const encrypted = location.protocol === "https:";
  const { Certificate: certificate, HasAuthority: known } = found;
  return html`<section><h3>${t("access.https")}</h3>
    <p class="state-text ${encrypted ? "ok" : ""}">${encrypted ? t("access.encrypted") : t("access.plain")}</p>
    ${!certificate && html`<p class="small quiet">${t("access.how")} <code class="mono">triplicati server --configure-https</code></p>`}
    ${certificate && html`<dl class="pairs">
      <dt>${t("access.certificate")}</dt><dd>${certificate.Own ? t("access.own") : t("access.brought")}</dd>
      <dt>${t("access.names")}</dt><dd class="mono">${certificate.Names.join(", ")}</dd>
      <dt>${t("access.ends")}</dt><dd>${exact(new Date(certificate.Expires))}</dd>
      <dt>${t("access.print")}</dt><dd class="mono">${certificate.SHA256}</dd></dl>`}
    ${known && html`<p class="intro">${t("access.authority-means")}</p>
      <p class="actions"><button onClick=${() => attempt(async () => downloadText("triplicati-authority.pem", await readAuthority()))}>${t("access.authority")}</button></p>`}
  </section>`;
}

export function Access() {
  const form = useSettings();
  const found = useLoaded(readAccess, [settingsTurn.value]);
  if (!form || !found) return html`<p class="quiet">${t("loading")}</p>`;
  return html`<section><form onSubmit=${form.save}><div class="fields">
      <${Listen} form=${form} />
      <${Field} label=${t("access.hosts")} means=${t("access.hosts-mean")}
        control=${(told) => html`<input type="text" autocomplete="off" spellcheck=${false} ...${told} value=${form.value(NAMES)} onInput=${(event) => form.put(NAMES, event.target.value)} />`} />
    </div><${Save} changed=${form.changed} /></form>
    <p class="small quiet">${t("access.port", { port: form.saved["last-webserver-port"] })} ${t("access.options-win")}</p></section>
    <${Secured} found=${found} />`;
}
