// Tokens with which programs may use this server.

import { attempt } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { exact } from "../format.mjs";
import { useLoaded } from "../loading.mjs";
import { html, useOnce, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { Copy } from "../copy.mjs";
import { makeToken, readTokens, revokeToken } from "./asks.mjs";
import { curl, python } from "./examples.mjs";

const TERMS = () => [[30, t("token.month")], [90, t("token.quarter")], [365, t("token.year")], [3653, t("token.decade")]];

function Example({ name, text }) {
  return html`<div><h3>${name}</h3><pre class="mono" tabindex="0" aria-label=${name}>${text}</pre><p class="actions saving"><${Copy} text=${text} /></p></div>`;
}

function Made({ token, onClose }) {
  return html`<div class="once" role="status">
    <p><b>${t("token.made")}</b></p>
    <label>${t("token.text")}<input class="mono" readonly value=${token} onFocus=${(event) => event.target.select()} /></label>
    <p class="actions"><${Copy} text=${token} /><button onClick=${onClose}>${t("token.kept")}</button></p>
  </div>`;
}

function New({ onMade }) {
  const [name, call] = useState("");
  const [days, last] = useState(365);
  const ask = useOnce(async () => {
    const made = await attempt(() => makeToken(name.trim(), days));
    if (!made) return;
    call("");
    onMade(made.Token);
  });
  const make = (event) => {
    event.preventDefault();
    ask();
  };
  return html`<section><h3>${t("token.new")}</h3><form class="fields" onSubmit=${make}>
    <label>${t("token.name")}<input type="text" maxlength="200" autocomplete="off" value=${name} onInput=${(event) => call(event.target.value)} /></label>
    <label>${t("token.term")}<select value=${String(days)} onChange=${(event) => last(Number(event.target.value))}>
      ${TERMS().map(([number, words]) => html`<option key=${number} value=${String(number)}>${words}</option>`)}</select></label>
    <button disabled=${!name.trim()}>${t("token.make")}</button>
  </form></section>`;
}

function Line({ each, onRevoke }) {
  return html`<li><div><b>${each.Name}</b><p class="small quiet">${t("token.made-at")} <${Moment} at=${new Date(each.Created)} />, ${t("token.until", { time: exact(new Date(each.Expires)) })}</p></div>
    <button class="danger" aria-label=${t("token.revoke-of", { name: each.Name })} onClick=${onRevoke}>${t("token.revoke")}</button></li>`;
}

export function Tokens() {
  const [turn, again] = useState(0);
  const [token, show] = useState(/** @type {string | null} */ (null));
  const rows = useLoaded(readTokens, [turn]);
  const revoke = (id) => attempt(() => revokeToken(id), t("token.revoked")).then(() => again(turn + 1));
  const made = (text) => {
    show(text);
    again(turn + 1);
  };
  return html`<p class="intro">${t("token.means")}</p>
    ${token && html`<${Made} token=${token} onClose=${() => show(null)} />`}
    <section>${rows?.length === 0 && html`<p class="quiet">${t("token.none")}</p>`}
      <ul class="lines" aria-label=${t("settings.tokens")}>${(rows ?? []).map((each) => html`<${Line} key=${each.ID} each=${each} onRevoke=${() => revoke(each.ID)} />`)}</ul></section>
    <${New} onMade=${made} />
    <section class="fields"><p class="small quiet">${t("token.example")}</p>
      <${Example} name=${t("token.curl")} text=${curl()} /><${Example} name=${t("token.python")} text=${python()} /></section>`;
}
