// A restore from a destination that no backup of this computer belongs to.

import { inWords } from "../actions.mjs";
import { useAsked } from "../loading.mjs";
import { html, useState } from "../view.mjs";
import { AddressForm } from "../wizard/address_form.mjs";
import { readKinds } from "../wizard/asks.mjs";
import { t } from "../words.mjs";
import { openAddress, openFile, readVersions, startReading } from "./asks.mjs";
import { address, prefix } from "./opening.mjs";
import { Trouble } from "./trouble.mjs";

const LOCKED = "EncryptedStorageNoPassphrase";

function Secret({ label, help, value, onChange }) {
  return html`<label>${label}<input type="password" autocomplete="off" value=${value} onInput=${(event) => onChange(event.target.value)} />
    ${help && html`<span class="small quiet">${help}</span>`}</label>`;
}

function AddressFields() {
  const kinds = useAsked(readKinds, []);
  const say = (url) => {
    address.value = url;
  };
  if (kinds.error) return html`<${Trouble} error=${kinds.error} again=${kinds.again} />`;
  if (!kinds.found) return html`<p class="quiet">${t("loading")}</p>`;
  return html`<${AddressForm} url=${address.value} kinds=${kinds.found} onChange=${say} />
    <details class="fold"><summary>${t("restore.as-text")}</summary><div class="inner">
      <label>${t("restore.address")}
        <input class="mono" value=${address.value} onInput=${(event) => say(event.target.value)} placeholder="file:///media/disk/backup" spellcheck="false" autocomplete="off" />
        <span class="small quiet">${t("restore.address-help")}</span></label>
      <label>${t("restore.prefix")}<input value=${prefix.value} onInput=${(event) => { prefix.value = event.target.value; }} placeholder="duplicati" spellcheck="false" autocomplete="off" />
        <span class="small quiet">${t("restore.prefix-help")}</span></label>
    </div></details>`;
}

export function Open() {
  const [kind, pick] = useState("address");
  const [file, take] = useState(/** @type {File | null} */ (null));
  const [filePassphrase, sayForFile] = useState("");
  const [passphrase, say] = useState("");
  const [busy, work] = useState(false);
  const [error, fail] = useState(null);
  const radio = (value, label) => html`<label class="line"><input type="radio" name="kind" checked=${kind === value} onChange=${() => pick(value)} />${label}</label>`;
  const open = async (event) => {
    event.preventDefault();
    work(true);
    fail(null);
    try {
      const id = kind === "file" ? await openFile(/** @type {File} */ (file), filePassphrase, passphrase) : await openAddress(address.value.trim(), passphrase, prefix.value.trim());
      // Says at once what a long reading would say late: nothing there, or no passphrase.
      await readVersions(id, true);
      location.hash = `#/restore/${id}/reading/${await startReading(id)}`;
    } catch (refused) {
      fail(refused);
      work(false);
    }
  };
  return html`<header class="head"><div role="status"><h1>${t("restore.open-title")}</h1><p class="quiet">${t("restore.open-means")}</p></div></header>
    <form class="fields" onSubmit=${open}>
      <fieldset><legend>${t("restore.have")}</legend>${radio("address", t("restore.have-address"))}${radio("file", t("restore.have-file"))}</fieldset>
      ${kind === "address" && html`<${AddressFields} />`}
      ${kind === "file" && html`<label>${t("add.file")}<input type="file" required accept=".json,.aes" onChange=${(event) => take(event.target.files[0] ?? null)} /></label>
        <${Secret} label=${t("add.passphrase")} value=${filePassphrase} onChange=${sayForFile} />`}
      <${Secret} label=${t("restore.passphrase")} help=${kind === "file" ? t("restore.passphrase-in-file") : t("restore.passphrase-empty")} value=${passphrase} onChange=${say} />
      ${error && html`<p class="bad" role="alert">${error.code === LOCKED ? t("restore.needs-passphrase") : inWords(error)}</p>`}
      <p class="actions"><button class="main" disabled=${busy || (kind === "address" ? !address.value : !file)}>${t("restore.read")}</button>
        ${busy && html`<span class="quiet" role="status">${t("restore.looking")}</span>`}</p>
    </form>`;
}
