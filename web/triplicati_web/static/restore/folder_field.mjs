import { Dialog } from "../controls.mjs";
import { Icon } from "../icons.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { readFolders } from "./asks.mjs";
import { nameOf, parentOf, separatorOf } from "./chosen.mjs";
import { said, useAsked } from "./trouble.mjs";

/** The folders of the computer that the server runs on, one level at a time. */
function FolderDialog({ start, onChoose, onClose }) {
  const [path, go] = useState(start || "/");
  const { found, error } = useAsked(() => readFolders(path), [path]);
  const above = parentOf(path);
  return html`<${Dialog} title=${t("restore.choose-folder")} onClose=${onClose}>
    <p class="mono">${path}</p>
    ${error && html`<p class="bad" role="alert">${said(error)}</p>`}
    <ul class="folders" aria-label=${t("restore.folders")}>
      ${(above || path !== "/") && html`<li><button type="button" class="plain" onClick=${() => go(above || "/")}><${Icon} name="up" />${t("restore.above")}</button></li>`}
      ${(found ?? []).map((each) => html`<li key=${each.id}><button type="button" class="plain" onClick=${() => go(each.resolvedpath || each.id)}>
        <${Icon} name="folder" />${each.text || nameOf(each.id)}</button></li>`)}
      ${found?.length === 0 && html`<li class="quiet small">${t("restore.no-folders")}</li>`}
    </ul>
    <p class="actions"><button type="button" class="main" onClick=${() => onChoose(path)}>${t("restore.take-folder")}</button>
      <button type="button" onClick=${onClose}>${t("close")}</button></p>
  <//>`;
}

/** A folder of the server's computer, typed or chosen. @param {{value: string, onChange: (path: string) => void}} props */
export function FolderField({ value, onChange }) {
  const [open, show] = useState(false);
  const start = value && !value.endsWith(separatorOf(value)) ? parentOf(value) : value;
  return html`<div class="folder-field">
    <label>${t("restore.folder-path")}<input class="mono" value=${value} onInput=${(event) => onChange(event.target.value)} spellcheck="false" autocomplete="off" /></label>
    <button type="button" onClick=${() => show(true)}>${t("restore.browse")}</button>
    ${open && html`<${FolderDialog} start=${start} onClose=${() => show(false)} onChoose=${(path) => { show(false); onChange(path); }} />`}
  </div>`;
}
