// The recovery sheet: what somebody needs who has nothing left but the destination.

import { readSystem } from "../actions.mjs";
import { downloadText } from "../download.mjs";
import { exact } from "../format.mjs";
import { useLoaded } from "../loading.mjs";
import { html, useEffect, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { readCommands } from "./asks.mjs";
import { setting } from "./draft.mjs";
import { encryptionOf, isStored } from "./encryption.mjs";
import { note, work } from "./store.mjs";

function passphraseLine(passphrase, wanted) {
  if (isStored(passphrase)) return t("sheet.passphrase-stored");
  return wanted ? passphrase : t("sheet.passphrase-write");
}

/** Name and text of each fact. @returns {[string, string][]} */
function facts(draft, commands, machine, wanted) {
  const kind = encryptionOf(draft);
  const found = [
    [t("sheet.name"), draft.Backup.Name],
    [t("sheet.machine"), machine],
    [t("sheet.made"), exact(new Date())],
    [t("backup.target"), commands.Target],
    [t("sheet.prefix"), setting(draft, "prefix") || "duplicati"],
    [t("encryption.title"), kind === "none" ? t("encryption.none") : kind.toUpperCase()],
  ];
  if (kind !== "none") found.push([t("passphrase.title"), passphraseLine(setting(draft, "passphrase") ?? "", wanted)]);
  return /** @type {[string, string][]} */ (found);
}

const steps = () => [t("sheet.first"), t("sheet.second"), t("sheet.third")];

function asText(draft, all, commands) {
  const lines = [t("sheet.title", { name: draft.Backup.Name }), "", ...all.map(([name, text]) => `${name}: ${text}`), ""];
  return [...lines, t("sheet.how"), ...steps().map((each, index) => `${index + 1}. ${each}`), "", commands.Restore, "", t("sheet.formats"), ""].join("\n");
}

/** The page to print or to save. */
export function Sheet() {
  const { id, draft } = work.value;
  const [wanted, want] = useState(false);
  const known = useLoaded(async () => ({ commands: await readCommands(draft), machine: (await readSystem()).MachineName }), [draft]);
  useEffect(() => note({ sheet: true }), []);
  const back = id === null ? "#/new/review" : `#/edit/${id}/review`;
  if (!known) return html`<h1>${t("loading")}</h1>`;
  const { commands } = known;
  const all = facts(draft, commands, known.machine, wanted);
  const passphrase = setting(draft, "passphrase") ?? "";
  return html`<article class="sheet">
    <header class="head"><div role="status"><h1>${t("sheet.title", { name: draft.Backup.Name })}</h1></div></header>
    <p class="unprinted quiet">${t("sheet.means")}</p>
    ${encryptionOf(draft) !== "none" && passphrase && !isStored(passphrase) && html`<label class="line unprinted">
      <input type="checkbox" checked=${wanted} onChange=${(event) => want(event.target.checked)} />${t("sheet.with-passphrase")}</label>`}
    <dl class="pairs">${all.map(([name, text]) => html`<dt>${name}</dt><dd class="mono">${text}</dd>`)}</dl>
    <section><h2>${t("sheet.how")}</h2>
      <ol class="numbered">${steps().map((each) => html`<li>${each}</li>`)}</ol>
      <pre class="command mono" tabindex="0" aria-label=${t("sheet.command")}>${commands.Restore}</pre></section>
    <p class="small">${t("sheet.formats")}</p>
    <p class="actions unprinted"><button class="main" onClick=${() => window.print()}>${t("sheet.print")}</button>
      <button onClick=${() => downloadText(`${t("sheet.file")} ${draft.Backup.Name}.txt`, asText(draft, all, commands))}>${t("sheet.keep")}</button>
      <a class="button" href=${back}>${t("sheet.back")}</a></p>
  </article>`;
}
