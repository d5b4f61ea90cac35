import { read, useTheme, write } from "../choices.mjs";
import { html, useState } from "../view.mjs";
import { LANGUAGES, choose, language, t } from "../words.mjs";

/** How the page looks in this browser. */
export function Look() {
  const [theme, keep] = useState(read("theme"));
  const change = (event) => {
    keep(event.target.value);
    write("theme", event.target.value);
    useTheme(event.target.value);
  };
  return html`<p class="intro">${t("settings.look-means")}</p>
    <div class="fields">
      <label>${t("settings.theme")}
        <select value=${theme} onChange=${change}>
          <option value="">${t("theme.system")}</option><option value="light">${t("theme.light")}</option><option value="dark">${t("theme.dark")}</option>
        </select></label>
      <label>${t("settings.language")}
        <select value=${language.value} onChange=${(event) => choose(event.target.value)}>
          ${Object.entries(LANGUAGES).map(([code, name]) => html`<option key=${code} value=${code} lang=${code}>${name}</option>`)}
        </select></label>
    </div>`;
}
