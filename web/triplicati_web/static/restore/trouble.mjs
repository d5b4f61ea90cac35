// What is waited for, and what went wrong with it, where it would have stood.

import { startReading, unlock } from "./asks.mjs";
import { connection } from "../state.mjs";
import { html, useEffect, useState } from "../view.mjs";
import { t } from "../words.mjs";

const GIVEN_UP = "AbortError";

/**
 * What `read` gives. `found` is null until it is there; `error` tells why it is not.
 * @param {(signal: AbortSignal) => Promise<any>} read @param {unknown[]} turns asked again when one changes
 * @returns {{found: any, error: any, waits: boolean, again: () => void}}
 */
export function useAsked(read, turns) {
  const [state, keep] = useState({ found: null, error: null, waits: true });
  const [turn, next] = useState(0);
  useEffect(() => {
    const control = new AbortController();
    keep((before) => ({ ...before, waits: true }));
    // An address can ask for what cannot even be asked.
    (async () => read(control.signal))().then(
      (found) => control.signal.aborted || keep({ found, error: null, waits: false }),
      (error) => control.signal.aborted || error.name === GIVEN_UP || keep({ found: null, error, waits: false }),
    );
    return () => control.abort();
  }, [...turns, turn]);
  const up = connection.value === "up";
  useEffect(() => {
    if (up && state.error instanceof TypeError) next(turn + 1);
  }, [up]);
  return { ...state, again: () => next(turn + 1) };
}

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

/** @param {{error: any, id?: string, again?: () => void}} props */
export function Trouble({ error, id, again }) {
  if (error.code === "EncryptedStorageNoPassphrase" && id) return html`<${Unlock} id=${id} />`;
  return html`<div class="trouble" role="alert">
    <p class="bad">${inWords(error)}</p>
    <p class="actions">
      ${again && html`<button onClick=${again}>${t("restore.again")}</button>`}
      ${id && html`<a class="button" href="#/backup/${id}">${t("restore.look")}</a>`}
      <a class="button" href="#/restore">${t("restore.others")}</a>
    </p>
  </div>`;
}
