// What this server is, as one can tell it to somebody who helps.

import { readSystem } from "../actions.mjs";
import { useLoaded } from "../loading.mjs";
import { server } from "../state.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { Copy } from "../copy.mjs";
import { readAccess, readChangelog, readLicenses } from "./asks.mjs";

/** @returns {[string, string][]} name and text of each fact */
function facts(system, access) {
  return [
    [t("about.version"), server.value?.Version ?? system.ServerVersionName],
    [t("about.format"), `Duplicati ${system.ServerVersion}`],
    [t("about.machine"), `${system.MachineName} (${system.OSVersion})`],
    [t("about.runtime"), system.CLRVersion],
    [t("about.user"), system.UserName],
    [t("about.folder"), access.DataFolder],
    [t("settings.zone"), server.value?.Zone ?? system.ServerTimeZone],
    [t("about.started"), system.StartedBy],
    [t("about.api"), new URL("./api/v2/openapi.json", location.origin + location.pathname).href],
  ];
}

/** A text that is long and seldom wanted. */
function Fold({ title, read }) {
  const [open, turn] = useState(false);
  return html`<details class="more" onToggle=${(event) => turn(event.target.open)}><summary>${title}</summary>
    ${open && html`<${Long} title=${title} read=${read} />`}</details>`;
}

function Long({ title, read }) {
  const text = useLoaded(read, []);
  if (text === null) return html`<p class="quiet">${t("loading")}</p>`;
  return html`<pre class="mono" tabindex="0" role="region" aria-label=${title}>${text}</pre>`;
}

const licenses = async () => (await readLicenses()).map((each) => `${each.Title}\n${each.Url}\n\n${each.License}`).join("\n\n\n");

export function About() {
  const system = useLoaded(readSystem, []);
  const access = useLoaded(readAccess, []);
  if (!system || !access) return html`<p class="quiet">${t("loading")}</p>`;
  const all = facts(system, access);
  return html`<section>
      <dl class="pairs">${all.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
      <p class="actions"><${Copy} text=${all.map(([name, text]) => `${name}: ${text}`).join("\n")} /></p>
      <p class="small quiet">${t("about.harmless")}</p></section>
    <section><${Fold} title=${t("about.changes")} read=${readChangelog} />
      <${Fold} title=${t("about.licenses")} read=${licenses} /></section>`;
}
