// Settings of the server with changes that are not saved yet.

import { attempt, changeSettings, readSettings } from "../actions.mjs";
import { useLoaded } from "../loading.mjs";
import { settingsTurn } from "../state.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";

/**
 * `value(name)` is as changed, else as saved, "" for none; `put` changes it, `save` sends what was changed.
 * null until the settings are known.
 */
export function useSettings() {
  const saved = useLoaded(readSettings, [settingsTurn.value]);
  const [changes, keep] = useState(/** @type {Record<string, string | null>} */ ({}));
  if (!saved) return null;
  const save = async (event) => {
    event?.preventDefault();
    // An option that is emptied is to be as if it had never been given.
    const sent = Object.entries(changes).map(([name, value]) => [name, name.startsWith("--") && value === "" ? null : value]);
    if (await attempt(() => changeSettings(Object.fromEntries(sent)), t("settings.saved"))) keep({});
  };
  return {
    saved,
    changes,
    changed: Object.keys(changes).length > 0,
    /** @param {string} name @returns {string} */
    value: (name) => (name in changes ? changes[name] ?? "" : saved[name] ?? ""),
    /** @param {string} name @param {string | null} value null takes it away */
    put: (name, value) => keep((before) => ({ ...before, [name]: value })),
    save,
  };
}

/** Saves what a form changed. @param {{changed: boolean}} props */
export function Save({ changed }) {
  return html`<p class="actions saving"><button class="main" disabled=${!changed}>${t("settings.save")}</button></p>`;
}
