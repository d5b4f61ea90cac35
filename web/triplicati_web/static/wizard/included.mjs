// What the next backup would take, counted by the engine on the disk.

import { shortened, size } from "../format.mjs";
import { html } from "../view.mjs";
import { count, number, t } from "../words.mjs";

const SHOWN = 8;

function why(id) {
  return {
    ExcludingPathFromFilter: t("included.filter"),
    ExcludeLargeFile: t("included.large"),
    ExcludingPathFromAttributes: t("included.attributes"),
    ExcludingPathDueToIgnoreFile: t("included.marker"),
    ExcludingPathFromXattr: t("included.xattr"),
    ExcludingHardlinkByPolicy: t("included.hardlink"),
    ExcludingDuplicateHardlink: t("included.duplicate"),
    ExcludingBlacklistedPath: t("included.own"),
    ExcludingEmptyFolder: t("included.empty"),
    ExcludingDevice: t("included.device"),
    ExcludeSymlink: t("included.link"),
  }[id] ?? id;
}

function Folder({ folder, all }) {
  const set = (box) => box?.style.setProperty("--share", `${all ? (folder.Bytes / all) * 100 : 0}%`);
  return html`<li><span class="mono" title=${folder.Path}>${shortened(folder.Path, 44)}</span>
    <span class="bar" aria-hidden="true"><i ref=${set}></i></span>
    <span class="quiet small">${count("files", folder.Files)}, ${size(folder.Bytes)}</span></li>`;
}

function Folders({ found }) {
  const sorted = [...found.Folders].sort((one, other) => other.Bytes - one.Bytes);
  const list = (folders) => folders.map((each) => html`<${Folder} key=${each.Path} folder=${each} all=${found.Bytes} />`);
  return html`<ul class="shares" aria-label=${t("included.folders")}>${list(sorted.slice(0, SHOWN))}</ul>
    ${sorted.length > SHOWN && html`<details class="fold"><summary>${t("included.more", { n: number(sorted.length - SHOWN) })}</summary>
      <ul class="shares">${list(sorted.slice(SHOWN))}</ul></details>`}`;
}

function LeftOut({ found }) {
  const reasons = Object.entries(found.LeftOut).sort((one, other) => other[1] - one[1]);
  if (!reasons.length) return html`<p class="quiet small">${t("included.nothing-out")}</p>`;
  return html`<ul class="small" aria-label=${t("included.out")}>${reasons.map(([id, n]) => html`<li key=${id}>${count("included.places", n)} ${why(id)}</li>`)}</ul>
    <details class="fold"><summary>${t("included.samples")}</summary>
      <ul class="small quiet mono">${found.Sample.map((each) => html`<li>${each.Text}</li>`)}</ul></details>`;
}

/** @param {{answer: {found: any, bad: string, asking: boolean}, more: (() => void) | null}} props `more` counts for longer */
export function Included({ answer, more }) {
  const { found, bad, asking } = answer;
  const amount = found && { files: count("files", found.Files), size: size(found.Bytes) };
  const told = found && (found.Finished ? t("included.all", amount) : t("included.part", { ...amount, seconds: number(found.Seconds) }));
  return html`<h2>${t("included.title")}</h2>
    <p role="status" class="counted">${bad ? html`<span class="bad">${bad}</span> ${t("included.mend")}` : told ?? t("live.counting")}
      ${asking && found && html` <span class="quiet">${t("live.counting")}</span>`}</p>
    ${found && !found.Finished && !asking && more && html`<p><button type="button" onClick=${more}>${t("included.longer")}</button></p>`}
    ${found && html`<${Folders} found=${found} /><h3>${t("included.out")}</h3><${LeftOut} found=${found} />
      ${found.Warnings.length > 0 && html`<h3>${t("included.warnings")}</h3>
        <ul class="small">${found.Warnings.map((each) => html`<li>${each}</li>`)}</ul>`}`}`;
}
