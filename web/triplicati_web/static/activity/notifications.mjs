import { attempt, dismiss, dismissAll } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { Icon } from "../icons.mjs";
import { backups, notifications } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";

const STATES = { Error: "failed", Warning: "warnings", Information: "ok" };

/** What the server calls it, or in the words of this page where it is of a backup. */
function titleOf(each) {
  const backup = backups.value?.find(({ Id: id }) => id === each.backup_id);
  if (!backup || !each.title.endsWith(` while running ${backup.Name}`)) return each.title;
  return each.type === "Error" ? t("notifications.error", { name: backup.Name }) : t("notifications.warning", { name: backup.Name });
}

function Notification({ each }) {
  return html`<li>
    <div>
      <span class="state ${STATES[each.type]}"><${Icon} name=${STATES[each.type]} />${titleOf(each)}</span>
      <p>${each.message}</p>
      <p class="small quiet"><${Moment} at=${new Date(each.timestamp * 1000)} /></p>
    </div>
    <span class="actions">
      ${each.backup_id && html`<a class="button" href="#/backup/${each.backup_id}/log/last">${t("notifications.log")}</a>`}
      <button onClick=${() => attempt(() => dismiss(each.id))}>${t("notifications.dismiss")}</button>
    </span>
  </li>`;
}

export function Notifications() {
  const all = notifications.value;
  return html`<section>
    <h2>${t("notifications.title")}</h2>
    ${all.length === 0 && html`<p class="quiet">${t("notifications.none")}</p>`}
    <ul class="lines">${all.map((each) => html`<${Notification} key=${each.id} each=${each} />`)}</ul>
    ${all.length > 1 && html`<p class="actions"><button onClick=${() => attempt(dismissAll)}>${t("notifications.dismiss-all")}</button></p>`}
  </section>`;
}
