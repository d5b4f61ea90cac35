// The settings, each section at an address of its own.

import { place } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { About } from "./about.mjs";
import { Access } from "./access.mjs";
import { Look } from "./look.mjs";
import { Notices } from "./notices.mjs";
import { OptionsOfAll } from "./options_of_all.mjs";
import { Running } from "./running.mjs";
import { SignIn } from "./sign_in.mjs";
import { Tokens } from "./tokens.mjs";

/** @type {Record<string, {name: () => string, shown: any}>} */
const SECTIONS = {
  look: { name: () => t("settings.look"), shown: Look },
  running: { name: () => t("settings.running"), shown: Running },
  notifications: { name: () => t("settings.notices"), shown: Notices },
  options: { name: () => t("settings.options"), shown: OptionsOfAll },
  "sign-in": { name: () => t("settings.sign-in"), shown: SignIn },
  access: { name: () => t("settings.access"), shown: Access },
  tokens: { name: () => t("settings.tokens"), shown: Tokens },
  about: { name: () => t("about.title"), shown: About },
};
const FIRST = "look";

/** @param {{path: string[]}} props the section; a narrow page without one shows their list */
export function Settings({ path: [wanted] }) {
  const here = Object.hasOwn(SECTIONS, wanted ?? "") ? wanted : FIRST;
  const { name, shown } = SECTIONS[here];
  return html`<div class=${`settings ${place.value.length < 2 ? "top" : ""}`}>
    <header class="head"><div role="status"><h1>${t("place.settings")}</h1></div></header>
    <nav aria-label=${t("settings.sections")}><ul>
      ${Object.entries(SECTIONS).map(([key, each]) => html`<li key=${key}><a href="#/settings/${key}" aria-current=${key === here ? "page" : undefined}>${each.name()}</a></li>`)}
    </ul></nav>
    <div class="chosen">
      <p class="up"><a href="#/settings">${t("settings.all")}</a></p>
      <h2 class="title">${name()}</h2>
      <${shown} key=${here} />
    </div>
  </div>`;
}
