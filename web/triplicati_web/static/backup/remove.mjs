import { attempt, deleteBackup } from "../actions.mjs";
import { size, versions } from "../format.mjs";
import { runningTask } from "../state.mjs";
import { html, useState } from "../view.mjs";
import { count, t } from "../words.mjs";

/** What goes and what stays, before it goes. */
export function Remove({ backup }) {
  const [files, wantFiles] = useState(false);
  const [database, wantDatabase] = useState(true);
  const [name, type] = useState("");
  const known = backup.Metadata;
  const running = runningTask.value?.BackupId === backup.Id;
  const sure = !files || name === backup.Name;
  const remove = async (event) => {
    event.preventDefault();
    const done = await attempt(() => deleteBackup(backup.Id, { files, database }), t("delete.told", { name: backup.Name }));
    if (done) location.hash = "#/";
  };
  const stored = known.TargetFilesSize
    ? t("delete.stored", {
        files: count("files", Number(known.TargetFilesCount)),
        size: size(Number(known.TargetFilesSize)),
        versions: versions(Number(known.BackupListCount)),
      })
    : t("delete.unknown");
  return html`<form class="fields" onSubmit=${remove}>
    <h2>${t("delete.title")}</h2>
    <p>${t("delete.always")}</p>
    <label class="line"><input type="checkbox" checked=${database} onChange=${(event) => wantDatabase(event.target.checked)} />${t("delete.database")}</label>
    <label class="line"><input type="checkbox" checked=${files} onChange=${(event) => wantFiles(event.target.checked)} />${t("delete.files")}</label>
    <p class=${files ? "bad" : "quiet"}>${files ? t("delete.goes") : t("delete.stays")} ${stored} <span class="mono">${backup.Target}</span></p>
    ${files && html`<label>${t("delete.name")}<input value=${name} onInput=${(event) => type(event.target.value)} autocomplete="off" /></label>`}
    ${running && html`<p class="bad">${t("delete.running")}</p>`}
    <button class="danger" disabled=${!sure || running}>${t("delete.now")}</button>
  </form>`;
}
