import { attempt } from "../actions.mjs";
import { useLoaded } from "../loading.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { taken, written } from "./address.mjs";
import { readHeld, readKinds, readShared, testDestination } from "./asks.mjs";
import { withBackup } from "./draft.mjs";
import { Field } from "./field.mjs";
import { FolderChooser } from "./folders.mjs";
import { Held } from "./held.mjs";
import { KindForm } from "./kind_form.mjs";
import { change, note, versionsOf, work } from "./store.mjs";

const isMoved = ({ id, draft, before }) => id !== null && draft.Backup.TargetURL !== before.Backup.TargetURL;

function Shared({ draft, choose }) {
  const all = useLoaded(readShared, []);
  if (!all?.length) return null;
  const pick = (event) => {
    const found = all.find((each) => String(each.ID) === event.target.value);
    choose(found ? { TargetURL: found.BaseUrl, ConnectionStringID: found.ID } : { ConnectionStringID: -1 });
  };
  return html`<label>${t("destination.shared")}<select value=${String(draft.Backup.ConnectionStringID ?? -1)} onChange=${pick}>
    <option value="-1">${t("destination.own")}</option>
    ${all.map((each) => html`<option key=${each.ID} value=${String(each.ID)}>${each.Name}</option>`)}
  </select></label>`;
}

function Outcome({ found, again }) {
  if (!found) return null;
  if (found.Success) return html`<p class="state-text ok" role="status">${found.Data.FolderIsEmpty ? t("destination.works-empty") : t("destination.works")}</p>`;
  if (found.StatusCode === "missing-folder") {
    return html`<div role="alert"><p class="state-text warnings">${t("destination.missing")}</p>
      <p class="actions"><button onClick=${() => again(true)}>${t("destination.create")}</button></p></div>`;
  }
  return html`<div role="alert"><p class="bad">${t("destination.failed")} ${found.Error}</p><p>${t("destination.failed-next")}</p></div>`;
}

function Further({ targets }) {
  if (!targets?.length) return null;
  return html`<p class="quiet small">${t("destination.further")}</p>
    <ul class="small mono">${targets.map((each) => html`<li>${each.TargetUrl}</li>`)}</ul>`;
}

/** Where the backup goes. @param {{draft: import("./draft.mjs").Draft}} props */
export function Destination({ draft }) {
  const kinds = useLoaded(readKinds, []);
  const [chooses, choose] = useState(/** @type {string | null} */ (null));
  const [tested, tell] = useState(null);
  const [testing, wait] = useState(false);
  const { TargetURL: url } = draft.Backup;
  const say = (members) => {
    tell(null);
    change((before) => withBackup(before, members));
  };
  const test = async (create) => {
    wait(true);
    const found = await attempt(() => testDestination(work.value.draft, create));
    if (found?.Data?.FolderContainsBackupFiles) {
      const held = await attempt(() => readHeld(work.value.draft));
      note({ held: held?.Data ?? null });
    } else if (found?.Success) {
      note({ held: [] });
    }
    tell(found);
    wait(false);
  };
  if (!kinds) return html`<p class="quiet">${t("loading")}</p>`;
  return html`<div class="fields">
      <${Shared} draft=${draft} choose=${say} />
      <${KindForm} url=${url} kinds=${kinds} onChange=${(next) => say({ TargetURL: next })} choose=${choose} />
      <details class="more"><summary>${t("destination.as-text")}</summary><div class="fields">
        <${Field} label=${t("destination.address")} means=${t("destination.stars")}
          control=${(told) => html`<input type="text" class="mono" spellcheck=${false} autocomplete="off" ...${told} value=${url} onInput=${(event) => say({ TargetURL: event.target.value })} />`} />
        <${Further} targets=${draft.Backup.AdditionalTargetURLs} />
      </div></details>
      <p class="actions"><button disabled=${!url || testing} onClick=${() => test(false)}>${testing ? t("destination.testing") : t("destination.test")}</button></p>
      <${Outcome} found=${tested} again=${test} />
      ${isMoved(work.value) && versionsOf(work.value) > 0 && html`<p class="state-text warnings" role="status">${t("destination.moved")}</p>`}
    </div>
    <${Held} draft=${draft} />
    ${chooses !== null && html`<${FolderChooser} start=${chooses} onClose=${() => choose(null)}
      onChoose=${(path) => { choose(null); say({ TargetURL: written({ ...taken(url), scheme: "file", path }) }); }} />`}`;
}
