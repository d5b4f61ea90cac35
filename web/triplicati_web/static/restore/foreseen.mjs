// What a restore would do, by the plan that it then follows.

import { inWords } from "../actions.mjs";
import { shortened, size } from "../format.mjs";
import { useAsked } from "../loading.mjs";
import { html, useEffect } from "../view.mjs";
import { count, number, t } from "../words.mjs";
import { previewRestore } from "./asks.mjs";

const LISTED = 100;

function conflictWord(what) {
  return { same: t("restore.is-same"), replaced: t("restore.is-replaced"), renamed: t("restore.is-renamed") }[what];
}

function Met({ plan }) {
  const all = plan.Same + plan.Replaced + plan.Renamed;
  if (all === 0) return null;
  return html`<details class="fold"><summary>${count("restore.met", all)}</summary>
    <ul class="lines small">${plan.Conflicts.map((each) => html`<li key=${each.Path}>
      <div class="mono" title=${each.Target}>${shortened(each.Target, 80)}</div><span class="quiet">${conflictWord(each.What)}</span></li>`)}</ul>
    ${all > LISTED && html`<p class="small quiet">${t("restore.first-only", { n: number(LISTED) })}</p>`}
  </details>`;
}

function Broken({ plan }) {
  if (plan.Broken === 0) return null;
  return html`<details class="fold"><summary class="state failed">${count("restore.broken", plan.Broken)}</summary>
    <ul class="lines small">${plan.BrokenFiles.map((each) => html`<li key=${each.Path}><div class="mono">${shortened(each.Path, 80)}</div><span class="quiet">${each.Reason}</span></li>`)}</ul>
  </details>`;
}

function Room({ room }) {
  return room.filter((each) => !each.Enough).map((each) => html`<p class="state failed" key=${each.Folder}>
    ${t("restore.no-room", { folder: each.Folder, needed: size(each.Needed), free: size(each.Free ?? 0) })}</p>`);
}

/** @param {{id: string, wanted: any, onLocked: () => void}} props what the restore would be asked with; `onLocked` is
 * called where a passphrase is missing */
export function Foreseen({ id, wanted, onLocked }) {
  const { found: plan, error, waits, again } = useAsked((signal) => previewRestore(id, wanted, signal), [id, JSON.stringify(wanted)]);
  const locked = error?.code === "EncryptedStorageNoPassphrase";
  useEffect(() => {
    if (locked) onLocked();
  }, [locked]);
  if (locked) return null;
  if (error) {
    return html`<div class="foreseen" role="alert"><p class="bad">${inWords(error)}</p>
      <p class="actions"><button type="button" onClick=${again}>${t("restore.again")}</button></p></div>`;
  }
  if (!plan) return html`<p class="foreseen quiet" role="status">${t("restore.planning")}</p>`;
  return html`<section class="foreseen" aria-busy=${waits} aria-label=${t("restore.plan")}>
    <p role="status"><b>${t("restore.writes", { files: count("files", plan.Files), size: size(plan.Bytes) })}</b>
      ${" "}${t("restore.fetches", { volumes: count("volumes", plan.Volumes), size: size(plan.VolumeBytes) })}</p>
    ${plan.Same > 0 && html`<p class="small quiet">${count("restore.same", plan.Same)}</p>`}
    ${plan.Replaced > 0 && html`<p class="small state warnings">${count("restore.replaced", plan.Replaced)}</p>`}
    ${plan.Renamed > 0 && html`<p class="small">${count("restore.renamed", plan.Renamed)}</p>`}
    ${plan.ChangedNames > 0 && html`<p class="small">${count("restore.changed-names", plan.ChangedNames)}</p>`}
    <${Room} room=${plan.Room} />
    <${Met} plan=${plan} />
    <${Broken} plan=${plan} />
  </section>`;
}
