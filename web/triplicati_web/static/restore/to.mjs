// Where what was chosen goes to, and what that would do before it is done.

import { Moment } from "../controls.mjs";
import { readCopies } from "../backup/copy_asks.mjs";
import { useAsked } from "../loading.mjs";
import { told } from "../state.mjs";
import { html, useEffect, useOnce, useState } from "../view.mjs";
import { count, t } from "../words.mjs";
import { plainly } from "../wizard/address.mjs";
import { downloadZip, startRestore } from "./asks.mjs";
import { chosenOf, started } from "./chosen.mjs";
import { FolderField } from "./folder_field.mjs";
import { Foreseen } from "./foreseen.mjs";
import { Trouble } from "./trouble.mjs";

function Choice({ name, value, chosen, choose, label, means }) {
  return html`<label class="choice"><input type="radio" name=${name} checked=${chosen === value} onChange=${() => choose(value)} />
    <span><b>${label}</b>${means && html`<span class="small quiet">${means}</span>`}</span></label>`;
}

function Where({ where, choose, here }) {
  const all = [
    !here && ["original", t("restore.original"), t("restore.original-means")],
    ["folder", t("restore.folder"), t("restore.folder-means")],
    here && ["original", t("restore.original"), t("restore.original-elsewhere")],
    ["zip", t("restore.zip"), t("restore.zip-means")],
  ].filter(Boolean);
  return html`<fieldset><legend>${t("restore.where")}</legend>
    ${all.map(([value, label, means]) => html`<${Choice} key=${value} name="where" value=${value} chosen=${where} choose=${choose} label=${label} means=${means} />`)}
  </fieldset>`;
}

function Conflicts({ overwrite, choose }) {
  return html`<fieldset><legend>${t("restore.conflicts")}</legend>
    <${Choice} name="conflicts" value=${false} chosen=${overwrite} choose=${choose} label=${t("restore.keep-both")} means=${t("restore.keep-both-means")} />
    <${Choice} name="conflicts" value=${true} chosen=${overwrite} choose=${choose} label=${t("restore.overwrite")} means=${t("restore.overwrite-means")} />
  </fieldset>`;
}

function More({ metadata, permissions, change }) {
  const box = (name, value, label) => html`<label class="line"><input type="checkbox" checked=${value} onChange=${(event) => change({ [name]: event.target.checked })} />${label}</label>`;
  return html`<details class="fold"><summary>${t("restore.more-choices")}</summary>
    ${box("metadata", metadata, t("restore.metadata"))}
    ${box("permissions", permissions, t("restore.permissions"))}
  </details>`;
}

/** From which of several equal places the data comes. */
function ReadFrom({ copies, target, seconds, value, choose }) {
  if (!copies?.length) return null;
  const has = (copy) => copy.Version !== null && Math.floor(Date.parse(copy.Version) / 1000) >= seconds;
  return html`<label>${t("restore.read-from")}<select value=${String(value)} onChange=${(event) => choose(Number(event.target.value))}>
      <option value="0">${t("restore.from-destination", { place: plainly(target) })}</option>
      ${copies.map((copy) => html`<option key=${copy.Number} value=${String(copy.Number)} disabled=${!has(copy)}>
        ${has(copy) ? t("restore.from-copy", { number: copy.Number, place: copy.Target }) : t("restore.from-copy-lacks", { number: copy.Number, place: copy.Target })}</option>`)}
    </select><span class="small quiet">${t("restore.read-from-means")}</span></label>`;
}

/** Text that settles before it is used, so that not each key asks the server. */
function useSettled(value) {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), 300);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

/** @param {{id: string, backup: any, versions: any[], rest: string[]}} props the moment of the version */
export function To({ id, backup, versions, rest: [moment] }) {
  const seconds = Number(moment);
  const version = versions.find((each) => each.at === seconds);
  const paths = chosenOf(id, seconds);
  const [where, go] = useState(backup.IsTemporary ? "folder" : "original");
  const [folder, type] = useState("");
  const [passphrase, say] = useState("");
  const [options, set] = useState({ overwrite: false, metadata: true, permissions: false });
  const [copy, readFrom] = useState(0);
  const copies = useAsked(async () => (backup.IsTemporary ? [] : readCopies(id)), [id]);
  const [locked, lock] = useState(false);
  const [busy, work] = useState(false);
  const [error, fail] = useState(null);
  const change = (some) => set({ ...options, ...some });
  const start = useOnce(() => bring());
  const settledFolder = useSettled(folder);
  const settledPassphrase = useSettled(passphrase);
  if (!version) return html`<div role="status"><h1>${t("restore.version-gone")}</h1></div>`;
  if (paths.length === 0) {
    return html`<div role="status"><h1>${t("restore.nothing-chosen")}</h1></div>
      <p><a class="button main" href="#/restore/${id}/v/${seconds}">${t("restore.pick-files")}</a></p>`;
  }
  const wanted = { ...options, paths, seconds, folder: where === "folder" ? folder.trim() : "", passphrase, copy };
  const ready = where !== "folder" || wanted.folder;
  const settled = settledFolder === folder && settledPassphrase === passphrase;
  async function bring() {
    work(true);
    fail(null);
    try {
      if (where === "zip") {
        await downloadZip(id, paths, version.Version);
        told.value = { text: t("restore.downloaded"), bad: false };
      } else {
        const task = await startRestore(id, wanted);
        started.value = { task, folder: wanted.folder };
        location.hash = `#/restore/${id}/run/${task}`;
      }
    } catch (refused) {
      fail(refused);
    }
    work(false);
  }
  const submit = (event) => {
    event.preventDefault();
    start();
  };
  return html`<header class="head"><div role="status">
      <h1>${count("restore.bring-back", paths.length)}</h1>
      <p class="quiet">${t("restore.as-of")} <${Moment} at=${new Date(seconds * 1000)} />. <a href="#/restore/${id}/v/${seconds}">${t("restore.choose-others")}</a></p>
    </div></header>
    <form class="to" onSubmit=${submit}>
      <${Where} where=${where} choose=${go} here=${backup.IsTemporary} />
      ${where === "folder" && html`<${FolderField} value=${folder} onChange=${type} />`}
      ${where !== "zip" && html`<${Conflicts} overwrite=${options.overwrite} choose=${(overwrite) => change({ overwrite })} />`}
      ${where !== "zip" && html`<${ReadFrom} copies=${copies.found} target=${backup.TargetURL} seconds=${seconds} value=${copy} choose=${readFrom} />`}
      ${where !== "zip" && html`<${More} ...${options} change=${change} />`}
      ${locked && where !== "zip" && html`<label>${t("restore.passphrase")}
        <input type="password" autocomplete="off" value=${passphrase} onInput=${(event) => say(event.target.value)} />
        <span class="small quiet">${t("restore.passphrase-not-kept")}</span></label>`}
      ${where !== "zip" && ready && settled && html`<${Foreseen} id=${id} wanted=${wanted} onLocked=${() => lock(true)} />`}
      <p class="actions"><button class="main" disabled=${!ready || busy || (locked && !passphrase && where !== "zip")}>${where === "zip" ? t("restore.download-zip") : t("restore.start")}</button>
        ${busy && where === "zip" && html`<span class="quiet" role="status">${t("restore.packing")}</span>`}</p>
    </form>
    ${error && html`<${Trouble} error=${error} id=${id} />`}`;
}
