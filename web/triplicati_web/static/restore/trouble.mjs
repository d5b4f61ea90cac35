// What went wrong with a question, told where its answer would have stood.

import { inWords } from "../actions.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { startReading, unlock } from "./asks.mjs";

function Unlock({ id }) {
  const [passphrase, type] = useState("");
  const [error, fail] = useState(null);
  const open = async (event) => {
    event.preventDefault();
    try {
      const copy = await unlock(id, passphrase);
      location.hash = `#/restore/${copy}/reading/${await startReading(copy)}`;
    } catch (refused) {
      fail(refused);
    }
  };
  return html`<form class="fields" onSubmit=${open}>
    <p>${t("restore.locked")}</p>
    <label>${t("restore.passphrase")}<input type="password" autocomplete="off" required value=${passphrase} onInput=${(event) => type(event.target.value)} /></label>
    ${error && html`<p class="bad" role="alert">${inWords(error)}</p>`}
    <button class="main">${t("restore.unlock")}</button>
  </form>`;
}

/** @param {{error: any, id?: string, again?: () => void, never?: boolean}} props `never`: the backup has not run here */
export function Trouble({ error, id, again, never = false }) {
  if (error.code === "EncryptedStorageNoPassphrase" && id) return html`<${Unlock} id=${id} />`;
  return html`<div class="trouble" role="alert">
    ${never && html`<p>${t("restore.never")}</p>`}
    <p class=${never ? "small quiet" : "bad"}>${inWords(error)}</p>
    <p class="actions">
      ${again && html`<button onClick=${again}>${t("restore.again")}</button>`}
      ${id && html`<a class="button" href="#/backup/${id}">${t("restore.look")}</a>`}
      <a class="button" href="#/restore">${t("restore.others")}</a>
    </p>
  </div>`;
}
