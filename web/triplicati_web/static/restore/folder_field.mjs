import { parentOf, separatorOf } from "../paths.mjs";
import { html, useState } from "../view.mjs";
import { FolderChooser } from "../wizard/folders.mjs";
import { t } from "../words.mjs";

/** A folder of the server's computer, typed or chosen. @param {{value: string, onChange: (path: string) => void}} props */
export function FolderField({ value, onChange }) {
  const [open, show] = useState(false);
  // What is only typed may not be there yet.
  const start = value && !value.endsWith(separatorOf(value)) ? parentOf(value) : value;
  return html`<div class="folder-field">
    <label>${t("restore.folder-path")}<input class="mono" value=${value} onInput=${(event) => onChange(event.target.value)} spellcheck="false" autocomplete="off" /></label>
    <button type="button" onClick=${() => show(true)}>${t("restore.browse")}</button>
    ${open && html`<${FolderChooser} start=${start} onClose=${() => show(false)} onChoose=${(path) => { show(false); onChange(path); }} />`}
  </div>`;
}
