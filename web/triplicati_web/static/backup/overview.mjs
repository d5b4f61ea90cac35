import { Moment } from "../controls.mjs";
import { size, versions, zone } from "../format.mjs";
import { useRuns } from "../home/home.mjs";
import { LiveRun } from "../home/live_run.mjs";
import { Strip } from "../home/strip.mjs";
import { livingProgress, overdue, runDays } from "../state.mjs";
import { html } from "../view.mjs";
import { count, t } from "../words.mjs";

function Fact({ name, children }) {
  return html`<dt>${name}</dt><dd>${children}</dd>`;
}

export function Overview({ backup, stands }) {
  useRuns();
  const live = livingProgress.value?.BackupId === backup.Id ? livingProgress.value : null;
  const known = backup.Metadata;
  return html`${live && html`<section><${LiveRun} live=${live} /></section>`}
    ${stands.state === "ok" && known.BackupListCount === "1" && html`<section class="actions"><span>${t("overview.restored-once")}</span>
      <a class="button main" href="#/restore/${backup.Id}">${t("overview.restore-now")}</a></section>`}
    ${stands.why && html`<p class=${stands.state === "failed" ? "bad" : "quiet"}>${stands.why}</p>`}
    <section>
      <h2>${t("strip.title")}</h2>
      <${Strip} days=${runDays.value[backup.Id]} since=${overdue.value[backup.Id]} />
    </section>
    <dl class="pairs">
      ${backup.Description && html`<${Fact} name=${t("backup.description")}>${backup.Description}<//>`}
      <${Fact} name=${t("backup.last")}><${Moment} at=${stands.last} /><//>
      <${Fact} name=${t("backup.next")}>${stands.next ? html`<${Moment} at=${stands.next} /> ${zone()}` : t("backup.no-next")}<//>
      <${Fact} name=${t("backup.target")}><span class="mono">${backup.Target}</span><//>
      ${known.SourceFilesSize && html`<${Fact} name=${t("backup.source")}>
        ${size(Number(known.SourceFilesSize))}, ${count("files", Number(known.SourceFilesCount))}<//>`}
      ${known.TargetFilesSize && html`<${Fact} name=${t("backup.stored")}>
        ${size(Number(known.TargetFilesSize))}, ${versions(Number(known.BackupListCount))}<//>`}
    </dl>`;
}
