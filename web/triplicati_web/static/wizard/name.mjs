import { useLoaded } from "../loading.mjs";
import { html, useState } from "../view.mjs";
import { count, t } from "../words.mjs";
import { readEncryptions } from "./asks.mjs";
import { Copy } from "../copy.mjs";
import { setting, withBackup, withSetting } from "./draft.mjs";
import { encryptionOf, isStored, madeUp, withEncryption } from "./encryption.mjs";
import { Field } from "./field.mjs";
import { change, note, versionsOf, work } from "./store.mjs";

function encryptionWord(kind) {
  return { aes: t("encryption.aes"), gpg: t("encryption.gpg"), none: t("encryption.none") }[kind] ?? kind;
}

function Encryption({ draft }) {
  const kinds = useLoaded(readEncryptions, []);
  const here = encryptionOf(draft);
  const known = [...(kinds ?? [{ Key: "aes" }]).map((each) => each.Key), "none"];
  const all = known.includes(here) ? known : [here, ...known];
  return html`<fieldset class="radios"><legend>${t("encryption.title")}</legend>
    ${all.map((kind) => html`<label class="line" key=${kind}>
      <input type="radio" name="encryption" value=${kind} checked=${kind === here} onChange=${() => change((before) => withEncryption(before, kind))} />
      ${encryptionWord(kind)}</label>`)}
    ${here === "none" && html`<p class="state-text warnings" role="status">${t("encryption.none-means")}</p>`}
    ${here === "gpg" && html`<p class="quiet small">${t("encryption.gpg-means")}</p>`}
  </fieldset>`;
}

function Stored({ onChange }) {
  return html`<p class="actions"><span>${t("passphrase.stored")}</span><button onClick=${onChange}>${t("passphrase.change")}</button></p>`;
}

function Passphrase({ draft }) {
  const [shown, show] = useState(false);
  const value = setting(draft, "passphrase") ?? "";
  const { again } = work.value;
  const say = (text) => change((before) => withSetting(before, "passphrase", text || null));
  if (isStored(value)) return html`<${Stored} onChange=${() => { say(""); note({ again: "" }); }} />`;
  const make = () => {
    const text = madeUp();
    say(text);
    note({ again: text });
    show(true);
  };
  const kind = shown ? "text" : "password";
  return html`<div class="passphrase">
    <label>${t("passphrase.title")}<input type=${kind} class=${shown ? "mono" : ""} autocomplete="new-password" spellcheck=${false} value=${value} onInput=${(event) => say(event.target.value)} /></label>
    <p class="actions">
      <button onClick=${make}>${t("passphrase.make")}</button>
      <button aria-pressed=${shown} onClick=${() => show(!shown)}>${shown ? t("passphrase.hide") : t("passphrase.show")}</button>
      ${value && html`<${Copy} text=${value} />`}
    </p>
    <label>${t("passphrase.again")}<input type=${kind} class=${shown ? "mono" : ""} autocomplete="new-password" spellcheck=${false} value=${again} onInput=${(event) => note({ again: event.target.value })} /></label>
    ${again && again !== value && html`<p class="bad small">${t("wizard.passphrases-differ")}</p>`}
    <p class="quiet small">${t("passphrase.means")}</p>
  </div>`;
}

/** Whether something was changed that old versions know nothing of. */
function Warned({ draft }) {
  const there = versionsOf(work.value);
  const { before } = work.value;
  const same = encryptionOf(draft) === encryptionOf(before) && setting(draft, "passphrase") === setting(before, "passphrase");
  if (!there || same) return null;
  return html`<p class="state-text warnings" role="status">${count("encryption.changed", there)}</p>`;
}

function Tagged({ tags, say }) {
  // A comma that was just typed ends no tag yet.
  const [text, type] = useState(tags.join(", "));
  const typed = (event) => {
    type(event.target.value);
    say({ Tags: event.target.value.split(",").map((each) => each.trim()).filter(Boolean) });
  };
  return html`<${Field} label=${t("wizard.tags")} means=${t("wizard.tags-mean")}
    control=${(told) => html`<input type="text" ...${told} value=${text} onInput=${typed} />`} />`;
}

/** What the backup is called, and how it is locked. @param {{draft: import("./draft.mjs").Draft}} props */
export function NameStep({ draft }) {
  const { Name, Description, Tags } = draft.Backup;
  const say = (members) => change((before) => withBackup(before, members));
  return html`<div class="fields">
    <${Field} label=${t("wizard.name")} means=${t("wizard.name-means")}
      control=${(told) => html`<input type="text" ...${told} value=${Name} onInput=${(event) => say({ Name: event.target.value })} />`} />
    <${Encryption} draft=${draft} />
    ${encryptionOf(draft) !== "none" && html`<${Passphrase} draft=${draft} />`}
    <${Warned} draft=${draft} />
    <details class="more"><summary>${t("wizard.more")}</summary><div class="fields">
      <label>${t("backup.description")}<textarea rows="3" value=${Description ?? ""} onInput=${(event) => say({ Description: event.target.value })}></textarea></label>
      <${Tagged} tags=${Tags ?? []} say=${say} />
    </div></details>
  </div>`;
}
