import { attempt } from "../actions.mjs";
import { Dialog } from "../controls.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { excludePath } from "./asks.mjs";

/** Asks before something is no longer backed up. @param {{id: string, path: string, onClose: () => void}} props */
export function Exclude({ id, path, onClose }) {
  const [busy, work] = useState(false);
  const exclude = async () => {
    work(true);
    await attempt(() => excludePath(id, path), t("exclude.told"));
    onClose();
  };
  return html`<${Dialog} title=${t("exclude.title")} onClose=${onClose}>
    <p class="mono">${path}</p>
    <p>${t("exclude.means")}</p>
    <div class="actions after">
      <button class="main" disabled=${busy} onClick=${exclude}>${t("exclude.now")}</button>
      <button onClick=${onClose}>${t("exclude.not")}</button>
    </div>
  <//>`;
}
