// Another passphrase, or another encryption, for a backup that is there already.

import { attempt } from "../actions.mjs";
import { Dialog } from "../controls.mjs";
import { html, useOnce, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { reencrypt } from "./upkeep_asks.mjs";

function Change({ backup, onClose }) {
  const [encryption, choose] = useState("aes");
  const [first, type] = useState("");
  const [second, repeat] = useState("");
  const differs = encryption !== "none" && second !== "" && first !== second;
  const ready = encryption === "none" || (first !== "" && first === second);
  const send = useOnce(async () => {
    if (await attempt(() => reencrypt(backup.Id, encryption, encryption === "none" ? "" : first), t("upkeep.started"))) onClose();
  });
  const submit = (event) => {
    event.preventDefault();
    if (ready) send();
  };
  return html`<${Dialog} title=${t("encryption.title")} onClose=${onClose}>
    <form class="fields" onSubmit=${submit}>
      <p>${t("encryption.what-happens")}</p>
      <label>${t("encryption.kind")}<select value=${encryption} onChange=${(event) => choose(event.target.value)}>
        <option value="aes">AES-256</option><option value="gpg">GnuPG</option><option value="none">${t("encryption.none")}</option></select></label>
      ${encryption !== "none" && html`<label>${t("encryption.new")}<input type="password" autocomplete="new-password" value=${first} onInput=${(event) => type(event.target.value)} /></label>
        <label>${t("encryption.again")}<input type="password" autocomplete="new-password" value=${second} onInput=${(event) => repeat(event.target.value)} /></label>`}
      ${encryption === "none" && html`<p class="bad">${t("encryption.in-clear")}</p>`}
      ${differs && html`<p class="bad" role="alert">${t("encryption.differs")}</p>`}
      <p class="actions"><button class="main" disabled=${!ready}>${t("encryption.change")}</button>
        <button type="button" onClick=${onClose}>${t("wizard.cancel")}</button></p>
    </form>
  <//>`;
}

/** @param {{backup: any, busy: boolean}} props */
export function NewPassphrase({ backup, busy }) {
  const [open, show] = useState(false);
  return html`<li class="task"><div><h3>${t("encryption.title")}</h3><p class="small quiet">${t("encryption.means")}</p></div>
    <button onClick=${() => show(true)} disabled=${busy}>${t("encryption.open")}</button>
    ${open && html`<${Change} backup=${backup} onClose=${() => show(false)} />`}</li>`;
}
