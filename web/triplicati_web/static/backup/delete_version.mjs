// The question before a version goes.

import { attempt } from "../actions.mjs";
import { Dialog } from "../controls.mjs";
import { exact } from "../format.mjs";
import { html, useOnce } from "../view.mjs";
import { t } from "../words.mjs";
import { deleteVersion } from "./upkeep_asks.mjs";

export function DeleteVersion({ id, version, onClose }) {
  const remove = useOnce(async () => {
    await attempt(() => deleteVersion(id, version.Time), t("upkeep.started"));
    onClose();
  });
  return html`<${Dialog} title=${t("versions.delete-title")} onClose=${onClose}>
    <p>${t("versions.delete-sure", { when: exact(new Date(version.at * 1000)) })}</p>
    <p class="actions"><button class="danger" onClick=${remove}>${t("versions.delete")}</button><button onClick=${onClose}>${t("wizard.cancel")}</button></p>
  <//>`;
}
