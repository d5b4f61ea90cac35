import { attempt } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { shortened, size } from "../format.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { readRemoteCalls } from "./asks.mjs";

function callWord(operation) {
  return { list: t("call.list"), get: t("call.get"), put: t("call.put"), delete: t("call.delete"), create: t("call.create") }[operation.toLowerCase()] ?? operation;
}

/** What a run asked of the destination, read when it is folded open. @param {{backup: any, run: number}} props */
export function RemoteCalls({ backup, run }) {
  const [rows, keep] = useState(null);
  const open = async (event) => {
    if (event.target.open && rows === null) keep((await attempt(() => readRemoteCalls(backup.Id, run))) ?? []);
  };
  return html`<details class="more" onToggle=${open}>
    <summary>${t("call.title")}</summary>
    ${rows === null && html`<p class="quiet">${t("loading")}</p>`}
    ${rows?.length === 0 && html`<p class="quiet">${t("call.none")}</p>`}
    ${rows?.length > 0 && html`<div class="wide tall"><table>
      <caption class="unseen">${t("call.title")}</caption>
      <thead><tr><th scope="col">${t("history.started")}</th><th scope="col">${t("history.what")}</th><th scope="col">${t("compare.name")}</th>
        <th scope="col" class="numeric">${t("call.size")}</th></tr></thead>
      <tbody>${rows.map((each) => html`<tr key=${each.ID}>
        <td><${Moment} at=${new Date(each.Timestamp * 1000)} /></td><td>${callWord(each.Operation)}</td>
        <td class="mono" title=${each.Path}>${shortened(each.Path, 60)}</td>
        <td class="numeric">${each.Size === undefined ? "" : size(each.Size)}</td></tr>`)}</tbody>
    </table></div>`}
  </details>`;
}
