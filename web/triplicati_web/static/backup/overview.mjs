import { Moment } from "../controls.mjs";
import { otherZone, size, versions } from "../format.mjs";
import { useRuns } from "../home/home.mjs";
import { LiveNow } from "../home/live_run.mjs";
import { Strip } from "../home/strip.mjs";
import { liveBackup, overdue, runDays } from "../state.mjs";
import { html } from "../view.mjs";
import { count, t } from "../words.mjs";
import { Copies } from "./copies.mjs";

function Fact({ name, children }) {
  return html`<dt>${name}</dt><dd>${children}</dd>`;
}

const TROUBLED = ["failed", "warnings"];

export function Overview({ backup, stands }) {
  useRuns();
  const live = liveBackup.value === backup.Id;
  const known = backup.Metadata;
  const to = `#/backup/${backup.Id}`;
  return html`${live && html`<section><${LiveNow} /></section>`}
    ${stands.state === "ok" && known.BackupListCount === "1" && html`<section class="actions"><span>${t("overview.restored-once")}</span>
      <a class="button main" href="#/restore/${backup.Id}">${t("overview.restore-now")}</a></section>`}
    ${(stands.why || TROUBLED.includes(stands.state)) && html`<section>
      ${stands.why && html`<p class=${stands.state === "failed" ? "bad" : "quiet"}>${stands.why}</p>`}
      ${TROUBLED.includes(stands.state) && html`<p class="actions after"><a class="button main" href="${to}/log/last">${t("problems.title")}</a></p>`}
    </section>`}
    <section>
      <h2>${t("strip.title")}</h2>
      <${Strip} days=${runDays.value[backup.Id]} since=${overdue.value[backup.Id]} />
    </section>
    <${Copies} backup=${backup} />
    <dl class="pairs">
      ${backup.Description && html`<${Fact} name=${t("backup.description")}>${backup.Description}<//>`}
      <${Fact} name=${t("backup.last")}>${stands.last ? html`<a href="${to}/log"><${Moment} at=${stands.last} /></a>` : html`<${Moment} at=${null} />`}<//>
      <${Fact} name=${t("backup.next")}>${stands.next ? html`<${Moment} at=${stands.next} /> ${otherZone(stands.next)}` : t("backup.no-next")}<//>
      <${Fact} name=${t("backup.target")}><span class="mono">${backup.Target}</span><//>
      ${known.SourceFilesSize && html`<${Fact} name=${t("backup.source")}>
        ${size(Number(known.SourceFilesSize))}, ${count("files", Number(known.SourceFilesCount))}<//>`}
      ${known.TargetFilesSize && html`<${Fact} name=${t("backup.stored")}>
        ${size(Number(known.TargetFilesSize))}, <a href="${to}/versions">${versions(Number(known.BackupListCount))}</a><//>`}
    </dl>
    ${known.BackupListCount && html`<p class="actions after"><a class="button" href="#/restore/${backup.Id}">${t("overview.restore")}</a></p>`}`;
}
