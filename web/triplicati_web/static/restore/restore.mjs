// Restore: find files by their names or by a version, and bring them back.

import { readBackup } from "../actions.mjs";
import { useAsked } from "../loading.mjs";
import { backups } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { readVersions } from "./asks.mjs";
import { Browse } from "./browse.mjs";
import { ChooseBackup } from "./choose_backup.mjs";
import { FilePlace } from "./file.mjs";
import { Find } from "./find.mjs";
import { Open } from "./open.mjs";
import { Reading } from "./reading.mjs";
import { To } from "./to.mjs";
import { Trouble } from "./trouble.mjs";
import { UnderWay } from "./under_way.mjs";

const EMPTY = ["EmptyRemoteFolder", "NoVersions"];
const VIEWS = { v: Browse, file: FilePlace, to: To };

const neverRan = (id) => backups.value?.some((each) => each.Id === id && !each.Metadata.LastBackupFinished) ?? false;

function Of({ id, view, rest }) {
  const backup = useAsked(async () => (await readBackup(id)).Backup, [id]);
  const versions = useAsked(() => readVersions(id), [id]);
  // Nothing there yet is no mishap.
  const problem = EMPTY.includes(versions.error?.code) ? null : versions.error;
  const again = () => {
    backup.again();
    versions.again();
  };
  if (backup.error) {
    const gone = backup.error.status === 404;
    return html`<div role="status"><h1>${gone ? t("backup.gone") : t("place.restore")}</h1></div>
      <${Trouble} error=${backup.error} again=${gone ? undefined : again} />`;
  }
  if (!backup.found) return html`<p class="quiet">${t("loading")}</p>`;
  const title = html`<p class="back"><a href="#/restore/${id}">${t("restore.from", { name: backup.found.Name })}</a></p>`;
  if (problem) {
    return html`<header class="head"><div role="status"><h1>${t("restore.from", { name: backup.found.Name })}</h1></div></header>
      <${Trouble} error=${problem} id=${id} again=${versions.again} never=${neverRan(id)} />`;
  }
  if (!versions.found && !versions.error) return html`${title}<p class="quiet" role="status">${t("restore.reading-versions")}</p>`;
  const known = { id, backup: backup.found, versions: versions.found ?? [] };
  if (view === "run") return html`<${UnderWay} ...${known} task=${Number(rest[0])} />`;
  if (!Object.hasOwn(VIEWS, view)) return html`<${Find} ...${known} words=${view === "find" ? (rest[0] ?? "") : ""} />`;
  return html`${title}<${VIEWS[view]} ...${known} rest=${rest} />`;
}

function Opened({ path: [id, view = "", ...rest] }) {
  if (id === "open") return html`<${Open} />`;
  if (id === undefined) {
    if (backups.value === null) return html`<h1>${t("connection.first")}</h1>`;
    const [only] = backups.value;
    // Where there is but one, nobody has to choose.
    return backups.value.length === 1 ? html`<${Of} key=${only.Id} id=${only.Id} view="" rest=${[]} />` : html`<${ChooseBackup} />`;
  }
  if (view === "reading") return html`<${Reading} key=${id} id=${id} task=${Number(rest[0])} />`;
  return html`<${Of} key=${id} id=${id} view=${view} rest=${rest} />`;
}

/** @param {{path: string[]}} props the id of a backup, what is shown of it, and what that needs */
export function RestorePlace({ path }) {
  return html`<div class="restore"><${Opened} path=${path} /></div>`;
}
