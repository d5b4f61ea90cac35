import { attempt, inWords } from "../actions.mjs";
import { Dialog } from "../controls.mjs";
import { useAsked } from "../loading.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { makeFolder, readFolders } from "./asks.mjs";
import { written } from "./address.mjs";

const MOST = 200;
const ROOT = "/";

const joined = (folder, name) => folder + (/[\\/]$/.test(folder) ? "" : "/") + name;

/** The folder that one lies in. @param {string} path */
function above(path) {
  const bare = path.replace(/[\\/]+$/, "");
  const at = Math.max(bare.lastIndexOf("/"), bare.lastIndexOf("\\"));
  return at < 0 ? ROOT : bare.slice(0, at + 1);
}

/** Enter must not send the form that the dialog is opened from. @returns {boolean} whether it was Enter */
function stay(event) {
  if (event.key !== "Enter") return false;
  event.preventDefault();
  return true;
}

/** Folders with a name of their own, such as %HOME%, are opened where they are. */
const placeOf = (entry) => (entry.id.startsWith("%") ? entry.resolvedpath || entry.id : entry.id);

function Below({ folder, go }) {
  const [part, narrow] = useState("");
  const { found, error } = useAsked((signal) => readFolders(folder, signal), [folder]);
  if (error) return html`<p class="bad" role="alert">${inWords(error)}</p>`;
  if (!found) return html`<p class="quiet">${t("loading")}</p>`;
  const fitting = found.filter((each) => each.text.toLowerCase().includes(part.toLowerCase()));
  return html`${found.length > 12 && html`<label>${t("folders.narrow")}<input type="search" value=${part} onKeyDown=${stay} onInput=${(event) => narrow(event.target.value)} /></label>`}
    <ul class="folders" aria-label=${t("folders.below")} tabindex="0">
      ${fitting.slice(0, MOST).map((each) => html`<li key=${each.id}><button type="button" class="plain" onClick=${() => go(placeOf(each))}>${each.text}</button></li>`)}
      ${found.length === 0 && html`<li class="quiet">${t("folders.none")}</li>`}
      ${fitting.length > MOST && html`<li class="quiet">${t("folders.many", { n: fitting.length - MOST })}</li>`}
    </ul>`;
}

function Fresh({ folder, go }) {
  const [name, type] = useState("");
  const path = joined(folder, name.trim());
  const url = written({ scheme: "file", user: "", password: "", host: "", port: "", path, query: [] });
  const make = async () => {
    if (name.trim() && (await attempt(() => makeFolder(url)))) go(`${path}/`);
  };
  return html`<details class="more"><summary>${t("folders.new")}</summary><p class="actions">
    <input aria-label=${t("folders.new-name")} value=${name} onInput=${(event) => type(event.target.value)} onKeyDown=${(event) => stay(event) && make()} />
    <button type="button" onClick=${make}>${t("folders.make")}</button></p></details>`;
}

/**
 * A dialog for a folder of the server's machine.
 * @param {{start: string, onChoose: (path: string) => void, onClose: () => void}} props
 */
export function FolderChooser({ start, onChoose, onClose }) {
  const [folder, go] = useState(/^([\\/]|[A-Za-z]:)/.test(start) ? start : ROOT);
  return html`<${Dialog} title=${t("folders.title")} onClose=${onClose}>
    <div class="chooser">
      <p class="mono" role="status">${folder}</p>
      ${folder !== ROOT && html`<p><button type="button" class="plain" onClick=${() => go(above(folder))}>↑ ${t("folders.up")}</button></p>`}
      <${Below} key=${folder} folder=${folder} go=${go} />
      <${Fresh} key=${`new ${folder}`} folder=${folder} go=${go} />
      <p class="actions"><button type="button" class="main" onClick=${() => onChoose(folder.replace(/([^:\\/])[\\/]$/, "$1"))}>${t("folders.take")}</button>
        <button type="button" onClick=${onClose}>${t("close")}</button></p>
    </div>
  <//>`;
}
