// One backup: how it stands, its runs, its options, and its end.

import { Compare } from "../compare/compare.mjs";
import { Overview } from "./overview.mjs";
import { History } from "./history.mjs";
import { Options } from "./options.mjs";
import { Remove } from "./remove.mjs";
import { LastTrouble, Run } from "./run.mjs";
import { Upkeep } from "./upkeep.mjs";
import { Versions } from "./versions.mjs";
import { BackupActions } from "../home/backup_row.mjs";
import { standings } from "../home/home.mjs";
import { StateWord } from "../home/state_word.mjs";
import { backups } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";

function Tabs({ id, here }) {
  const tab = (name, label) => html`<a href=${`#/backup/${id}${name && `/${name}`}`} aria-current=${here === name ? "page" : undefined}>${label}</a>`;
  return html`<nav class="tabs" aria-label=${t("tabs")}>
    ${tab("", t("tab.overview"))} ${tab("versions", t("tab.versions"))} ${tab("log", t("tab.history"))} ${tab("upkeep", t("tab.upkeep"))} ${tab("options", t("tab.options"))} ${tab("delete", t("tab.delete"))}
  </nav>`;
}

function Opened({ backup, stands, tab, rest }) {
  const [first] = rest;
  if (tab === "versions") return html`<${Versions} backup=${backup} />`;
  if (tab === "compare") return html`<${Compare} id=${backup.Id} rest=${rest} />`;
  if (tab === "log" && first === "last") return html`<${LastTrouble} backup=${backup} />`;
  if (tab === "log" && /^\d+$/.test(first ?? "")) return html`<${Run} backup=${backup} id=${first} />`;
  if (tab === "log") return html`<${History} backup=${backup} kind=${first} result=${rest[1]} />`;
  if (tab === "upkeep") return html`<${Upkeep} backup=${backup} />`;
  if (tab === "options") return html`<${Options} backup=${backup} />`;
  if (tab === "delete") return html`<${Remove} backup=${backup} />`;
  return html`<${Overview} backup=${backup} stands=${stands} />`;
}

/** @param {{path: string[]}} props the id, the tab, and what is open in it */
export function BackupPlace({ path: [id, tab = "", ...rest] }) {
  if (backups.value === null) return html`<h1>${t("connection.first")}</h1>`;
  const found = standings().find(([backup]) => backup.Id === id);
  if (!found) return html`<div role="status"><h1>${t("backup.gone")}</h1></div><p><a href="#/">${t("place.home")}</a></p>`;
  const [backup, stands] = found;
  return html`<header class="head">
      <div><h1>${backup.Name}</h1><p role="status"><${StateWord} state=${stands.state} /></p></div>
      <${BackupActions} backup=${backup} />
    </header>
    <${Tabs} id=${id} here=${tab === "compare" ? "versions" : tab} />
    <${Opened} backup=${backup} stands=${stands} tab=${tab} rest=${rest} />`;
}
