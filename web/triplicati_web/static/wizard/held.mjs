import { Moment } from "../controls.mjs";
import { size, versions } from "../format.mjs";
import { address, prefix as prefixOfRestore } from "../restore/opening.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { setting, withSetting } from "./draft.mjs";
import { withEncryption } from "./encryption.mjs";
import { Field } from "./field.mjs";
import { inTheWay } from "./steps.mjs";
import { change, note, work } from "./store.mjs";

function prefixFor(name, taken) {
  const bare = name.toLowerCase().replace(/[^a-z0-9]+/g, "") || "backup";
  for (let n = 1; ; n += 1) {
    const tried = n === 1 ? bare : `${bare}${n}`;
    if (!taken.includes(tried)) return tried;
  }
}

function Line({ held }) {
  const locked = held.Encryption.length ? held.Encryption.join(", ").toUpperCase() : t("held.not-encrypted");
  return html`<li><div><b class="mono">${held.Prefix}</b><br /><span class="small quiet">
    ${versions(held.Versions)}, ${size(held.Size)}, ${locked}${held.Newest && html`, ${t("held.newest")} <${Moment} at=${new Date(held.Newest)} />`}</span></div>
    <button onClick=${() => use(held)}>${t("held.open")}</button></li>`;
}

/** The backup goes on with what is there. */
function use(held) {
  const [kind] = held.Encryption;
  change((draft) => {
    const named = withSetting(draft, "prefix", held.Prefix === "duplicati" ? null : held.Prefix);
    return withEncryption(named, kind ?? "none");
  });
  note({ holding: "open" });
}

function Other({ draft, held }) {
  const taken = held.map((each) => each.Prefix);
  const [name, type] = useState(prefixFor(draft.Backup.Name, taken));
  const wrong = !name || name.includes("-") || taken.includes(name);
  const take = () => {
    change((before) => withSetting(before, "prefix", name));
    note({ holding: "" });
  };
  return html`<${Field} label=${t("held.prefix")} means=${t("held.prefix-means")}
      control=${(told) => html`<input type="text" data-enter ...${told} value=${name} onInput=${(event) => type(event.target.value)} />`} />
    <p><button disabled=${wrong} onClick=${take}>${t("held.take-prefix")}</button></p>`;
}

/** The restore begins with what was typed here. */
function restoreFrom() {
  const { draft, held } = work.value;
  address.value = draft.Backup.TargetURL;
  prefixOfRestore.value = held[0].Prefix === "duplicati" ? "" : held[0].Prefix;
}

/** What to do with backups that the destination holds already. @param {{draft: import("./draft.mjs").Draft}} props */
export function Held({ draft }) {
  const { held, holding } = work.value;
  if (!held?.length) return null;
  const prefix = setting(draft, "prefix") || "duplicati";
  if (holding === "open") return html`<p class="state-text ok" role="status">${t("held.opened", { prefix })}</p>`;
  if (!inTheWay(work.value)) return html`<p class="state-text ok" role="status">${t("held.beside", { prefix })}</p>`;
  return html`<section class="held" aria-label=${t("held.title")}>
    <div role="alert"><h2>${t("held.title")}</h2></div>
    <p>${t("held.choose")}</p>
    <ul class="lines">${held.map((each) => html`<${Line} key=${each.Prefix} held=${each} />`)}</ul>
    <p><a class="button" href="#/restore/open" onClick=${restoreFrom}>${t("held.restore")}</a></p>
    <div class="fields"><${Other} draft=${draft} held=${held} /></div>
  </section>`;
}
