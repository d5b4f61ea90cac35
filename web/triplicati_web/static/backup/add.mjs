import { attempt, importFile } from "../actions.mjs";
import { html, useOnce, useState } from "../view.mjs";
import { t } from "../words.mjs";

/** Takes over a backup from the file that Duplicati or this program exported. */
export function Add() {
  const [file, pick] = useState(/** @type {File | null} */ (null));
  const [passphrase, type] = useState("");
  const [due, turn] = useState(false);
  const send = useOnce(async () => {
    const id = await attempt(() => importFile(/** @type {File} */ (file), passphrase, due), t("add.told"));
    if (id) location.hash = `#/backup/${id}`;
  });
  const take = (event) => {
    event.preventDefault();
    send();
  };
  return html`<header class="head"><div role="status"><h1>${t("add.title")}</h1></div></header>
    <form class="fields" onSubmit=${take}>
      <p>${t("add.how")}</p>
      <label>${t("add.file")}<input type="file" accept=".json,.aes" onChange=${(event) => pick(event.target.files[0] ?? null)} /></label>
      <label>${t("add.passphrase")}<input type="password" autocomplete="off" value=${passphrase} onInput=${(event) => type(event.target.value)} /></label>
      <div class="field"><label class="line"><input type="checkbox" checked=${due} onChange=${(event) => turn(event.target.checked)} />${t("add.schedule")}</label>
        <span class="quiet small">${t("add.schedule-means")}</span></div>
      <button class="main" disabled=${!file}>${t("add.import")}</button>
      <p class="quiet small">${t("add.otherwise")}</p>
    </form>`;
}
