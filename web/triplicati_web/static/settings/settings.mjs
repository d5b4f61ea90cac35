// Settings of this page, of the server, and what the server is.

import { attempt, changeSettings, readSettings, readSystem, signOut, signOutEverywhere, testNotification } from "../actions.mjs";
import { read, useTheme, write } from "../choices.mjs";
import { Pause, pausedWords } from "../home/pause.mjs";
import { useLoaded } from "../loading.mjs";
import { server, settingsTurn } from "../state.mjs";
import { html, useState } from "../view.mjs";
import { LANGUAGES, choose, language, t } from "../words.mjs";

function Look() {
  const [theme, keep] = useState(read("theme"));
  const change = (event) => {
    keep(event.target.value);
    write("theme", event.target.value);
    useTheme(event.target.value);
  };
  return html`<section class="fields">
    <h2>${t("settings.look")}</h2>
    <label>${t("settings.theme")}
      <select value=${theme} onChange=${change}>
        <option value="">${t("theme.system")}</option><option value="light">${t("theme.light")}</option><option value="dark">${t("theme.dark")}</option>
      </select></label>
    <label>${t("settings.language")}
      <select value=${language.value} onChange=${(event) => choose(event.target.value)}>
        ${Object.entries(LANGUAGES).map(([code, name]) => html`<option value=${code} lang=${code}>${name}</option>`)}
      </select></label>
  </section>`;
}

function Password() {
  const [first, typeFirst] = useState("");
  const [second, typeSecond] = useState("");
  const change = async (event) => {
    event.preventDefault();
    const done = await attempt(() => changeSettings({ "server-passphrase": first }), t("password.told"));
    if (!done) return;
    typeFirst("");
    typeSecond("");
  };
  const differs = second !== "" && first !== second;
  return html`<section><form class="fields" onSubmit=${change}>
    <h2>${t("password.title")}</h2>
    <label>${t("password.new")}<input type="password" autocomplete="new-password" value=${first} onInput=${(event) => typeFirst(event.target.value)} /></label>
    <label>${t("password.again")}<input type="password" autocomplete="new-password" value=${second} onInput=${(event) => typeSecond(event.target.value)} /></label>
    <p class="bad" role="alert" hidden=${!differs}>${t("password.differs")}</p>
    <button disabled=${!first || first !== second}>${t("password.change")}</button>
  </form></section>`;
}

function Running({ settings, zones }) {
  const [changes, keep] = useState({});
  const value = (name) => changes[name] ?? settings[name] ?? "";
  const typed = (name) => (event) => keep({ ...changes, [name]: event.target.value });
  const save = async (event) => {
    event.preventDefault();
    if (await attempt(() => changeSettings(changes), t("settings.saved"))) keep({});
  };
  return html`<section><form class="fields" onSubmit=${save}>
    <h2>${t("settings.server")}</h2>
    <label>${t("settings.upload")}<input value=${value("max-upload-speed")} placeholder=${t("settings.no-limit")} onInput=${typed("max-upload-speed")} /></label>
    <label>${t("settings.download")}<input value=${value("max-download-speed")} placeholder=${t("settings.no-limit")} onInput=${typed("max-download-speed")} /></label>
    <p class="small quiet">${t("settings.speeds")}</p>
    <label>${t("settings.zone")}
      <select value=${value("server-timezone")} onChange=${typed("server-timezone")}>
        <option value="">${t("settings.zone-system")}</option>
        ${zones.map((each) => html`<option key=${each.ID} value=${each.ID}>${each.ID}</option>`)}
      </select></label>
    <button disabled=${Object.keys(changes).length === 0}>${t("settings.save")}</button>
  </form></section>`;
}

function About({ system }) {
  return html`<section>
    <h2>${t("about.title")}</h2>
    <dl class="pairs">
      <dt>${t("about.version")}</dt><dd>${server.value?.Version}</dd>
      <dt>${t("about.machine")}</dt><dd>${system.MachineName} (${system.OSType} ${system.OSVersion})</dd>
      <dt>${t("about.user")}</dt><dd>${system.UserName}</dd>
      <dt>${t("settings.zone")}</dt><dd>${server.value?.Zone}</dd>
    </dl>
  </section>`;
}

export function Settings() {
  const settings = useLoaded(readSettings, [settingsTurn.value]);
  const system = useLoaded(readSystem, []);
  return html`<header class="head"><div role="status"><h1>${t("place.settings")}</h1></div></header>
    <${Look} />
    <section>
      <h2>${t("pause.title")}</h2>
      <div class="actions"><${Pause} />
        <span class="quiet">${server.value?.State === "Paused" ? pausedWords(server.value) : t("pause.none")}</span></div>
    </section>
    ${settings && system && html`<${Running} settings=${settings} zones=${system.TimeZones} />`}
    <section>
      <h2>${t("notifications.title")}</h2>
      <button onClick=${() => attempt(testNotification, t("settings.tested"))}>${t("settings.test")}</button>
    </section>
    <${Password} />
    <section>
      <h2>${t("session.title")}</h2>
      <div class="actions">
        <button onClick=${() => attempt(signOut)}>${t("session.out")}</button>
        <button class="danger" onClick=${() => attempt(signOutEverywhere)}>${t("session.everywhere")}</button>
      </div>
    </section>
    ${system && html`<${About} system=${system} />`}`;
}
