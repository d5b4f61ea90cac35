import { useLoaded } from "../loading.mjs";
import { attempt } from "../actions.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { AddressForm } from "./address_form.mjs";
import { readHeld, readKinds, readShared, testDestination } from "./asks.mjs";
import { withBackup } from "./draft.mjs";
import { Field } from "./field.mjs";
import { Further } from "./further.mjs";
import { Held } from "./held.mjs";
import { change, note, versionsOf, work } from "./store.mjs";
import { Tried } from "./tried.mjs";

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

/** Tries it, and looks at what is there already. */
async function test(create) {
  const found = await testDestination(work.value.draft, create);
  if (found?.Data?.FolderContainsBackupFiles) {
    const held = await attempt(() => readHeld(work.value.draft));
    note({ held: held?.Data ?? null });
  } else if (found?.Success) {
    note({ held: [] });
  }
  return found;
}

/** Where the backup goes. @param {{draft: import("./draft.mjs").Draft}} props */
export function Destination({ draft }) {
  const kinds = useLoaded(readKinds, []);
  const { TargetURL: url } = draft.Backup;
  const say = (members) => change((before) => withBackup(before, members));
  if (!kinds) return html`<p class="quiet">${t("loading")}</p>`;
  return html`<div class="fields">
      <${Shared} draft=${draft} choose=${say} />
      <${AddressForm} url=${url} kinds=${kinds} onChange=${(next) => say({ TargetURL: next })} />
      <details class="more"><summary>${t("destination.as-text")}</summary><div class="fields">
        <${Field} label=${t("destination.address")} means=${t("destination.stars")}
          control=${(told) => html`<input type="text" class="mono" spellcheck=${false} autocomplete="off" ...${told} value=${url} onInput=${(event) => say({ TargetURL: event.target.value })} />`} />
      </div></details>
      <${Tried} url=${url} test=${test} onChange=${(next) => say({ TargetURL: next })} />
      ${isMoved(work.value) && versionsOf(work.value) > 0 && html`<p class="state-text warnings" role="status">${t("destination.moved")}</p>`}
    </div>
    <${Held} draft=${draft} />
    <${Further} draft=${draft} kinds=${kinds} />`;
}
