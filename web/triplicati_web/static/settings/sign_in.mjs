// The password of this page, and leaving it.

import { attempt, changeSettings, signOut, signOutEverywhere } from "../actions.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { strength } from "./strength.mjs";

function Strength({ text }) {
  if (!text) return null;
  const words = { weak: t("strength.weak"), fair: t("strength.fair"), strong: t("strength.strong") };
  const found = strength(text);
  return html`<p class="strength small state-text ${found === "weak" ? "warnings" : found === "strong" ? "ok" : ""}" role="status">${words[found]}</p>`;
}

function Password() {
  const [first, typeFirst] = useState("");
  const [second, typeSecond] = useState("");
  const [others, end] = useState(true);
  const change = async (event) => {
    event.preventDefault();
    if (!(await attempt(() => changeSettings({ "server-passphrase": first }), t("password.told")))) return;
    typeFirst("");
    typeSecond("");
    if (others) await attempt(signOutEverywhere);
  };
  const differs = second !== "" && first !== second;
  return html`<section><h3>${t("password.title")}</h3>
    <form class="fields" onSubmit=${change}>
      <input type="text" autocomplete="username" value="triplicati" hidden readonly />
      <label>${t("password.new")}<input type="password" autocomplete="new-password" value=${first} onInput=${(event) => typeFirst(event.target.value)} /></label>
      <${Strength} text=${first} />
      <label>${t("password.again")}<input type="password" autocomplete="new-password" value=${second} onInput=${(event) => typeSecond(event.target.value)} /></label>
      <p class="bad" role="alert" hidden=${!differs}>${t("password.differs")}</p>
      <label class="line"><input type="checkbox" checked=${others} onChange=${(event) => end(event.target.checked)} />${t("password.ends")}</label>
      <button disabled=${!first || first !== second}>${t("password.change")}</button>
    </form></section>`;
}

export function SignIn() {
  return html`<${Password} />
    <section><h3>${t("session.title")}</h3>
      <p class="intro">${t("session.means")}</p>
      <div class="actions">
        <button onClick=${() => attempt(signOut)}>${t("session.out")}</button>
        <button class="danger" onClick=${() => attempt(signOutEverywhere)}>${t("session.everywhere")}</button>
      </div></section>`;
}
