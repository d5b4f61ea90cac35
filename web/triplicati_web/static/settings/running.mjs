// Pause, speed, and when the server begins.

import { readSystem } from "../actions.mjs";
import { Pause, pausedWords } from "../home/pause.mjs";
import { useLoaded } from "../loading.mjs";
import { server } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { Size, Span } from "../wizard/option_inputs.mjs";
import { Save, useSettings } from "./changing.mjs";

function Rate({ form, name, label }) {
  return html`<div class="field"><label for=${name}>${label}</label>
    <${Size} id=${name} label=${label} value=${form.value(name)} onChange=${(value) => form.put(name, value)} /></div>`;
}

export function Running() {
  const form = useSettings();
  const system = useLoaded(readSystem, []);
  if (!form || !system) return html`<p class="quiet">${t("loading")}</p>`;
  const delay = t("settings.delay");
  return html`<section><h3>${t("pause.title")}</h3>
      <div class="actions"><${Pause} />
        <span class="quiet">${server.value?.State === "Paused" ? pausedWords(server.value) : t("pause.none")}</span></div></section>
    <section><form onSubmit=${form.save}>
      <div class="fields"><h3>${t("settings.speed")}</h3>
        <${Rate} form=${form} name="max-upload-speed" label=${t("settings.upload")} />
        <${Rate} form=${form} name="max-download-speed" label=${t("settings.download")} />
        <p class="small quiet">${t("settings.speeds")}</p></div>
      <div class="fields"><h3>${t("settings.clock")}</h3>
        <div class="field"><label for="startup-delay">${delay}</label>
          <${Span} id="startup-delay" usual="m" label=${delay} value=${form.value("startup-delay")} onChange=${(value) => form.put("startup-delay", value)} />
          <span class="quiet small">${t("settings.delay-means")}</span></div>
        <label>${t("settings.zone")}
          <select value=${form.value("server-timezone")} onChange=${(event) => form.put("server-timezone", event.target.value)}>
            <option value="">${t("settings.zone-system")}</option>
            ${system.TimeZones.map((each) => html`<option key=${each.ID} value=${each.ID}>${each.ID}</option>`)}
          </select></label></div>
      <${Save} changed=${form.changed} />
    </form></section>`;
}
