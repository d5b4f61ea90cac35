// The life of one file: what each version has of it.

import { attempt } from "../actions.mjs";
import { Moment } from "../controls.mjs";
import { shortened, size } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { useAsked } from "../loading.mjs";
import { nameOf } from "../paths.mjs";
import { html } from "../view.mjs";
import { count, t } from "../words.mjs";
import { downloadFile, readLane } from "./asks.mjs";
import { choose } from "./chosen.mjs";
import { Content } from "./content.mjs";
import { Difference } from "./difference.mjs";
import { lane } from "./lane.mjs";
import { Trouble } from "./trouble.mjs";

const addressOf = (id, path, ...more) => ["#/restore", id, "file", encodeURIComponent(path), ...more].join("/");

function Period({ part }) {
  const [newest, oldest] = [part.versions[0].at, part.versions.at(-1).at];
  const from = html`<${Moment} at=${new Date(oldest * 1000)} />`;
  if (newest === oldest) return from;
  return html`${from} – <${Moment} at=${new Date(newest * 1000)} />`;
}

/** Word, colour and shape of what happened to the file. */
function stateWord(state) {
  return {
    first: [t("restore.state-first"), "ok", "add"],
    changed: [t("restore.state-changed"), "running", "activity"],
    touched: [t("restore.state-touched"), "never", "ok"],
    back: [t("restore.state-back"), "ok", "restore"],
    absent: [t("restore.state-absent"), "failed", "failed"],
  }[state];
}

/** One content of the file, for as long as it stayed the same. */
function Part({ id, path, part, before }) {
  const [word, state, icon] = stateWord(part.state);
  const version = part.versions[0];
  const restore = () => {
    choose(id, version.at, [path]);
    location.hash = `#/restore/${id}/to/${version.at}`;
  };
  const download = () => attempt(() => downloadFile(id, path, version.Version, { Size: part.row.Size }), t("restore.downloaded"));
  return html`<li class=${part.row ? "" : "absent"}>
    <div>
      <p><span class="state ${state}"><${Icon} name=${icon} />${word}</span></p>
      <p><${Period} part=${part} /> <span class="small quiet">${count("versions", part.versions.length)}</span></p>
      ${part.row && html`<p class="small quiet">${size(part.row.Size)}${part.row.LastModified && html`, ${t("restore.changed-at")} <${Moment} at=${new Date(part.row.LastModified)} />`}</p>`}
    </div>
    ${part.row && html`<div class="actions">
      <a class="button" href=${addressOf(id, path, "at", version.at)}>${t("restore.view")}</a>
      ${before && html`<a class="button" href=${addressOf(id, path, "compare", before.versions[0].at, version.at)}>${t("restore.compare")}</a>`}
      <button onClick=${download}>${t("restore.download")}</button>
      <button class="main" onClick=${restore}>${t("restore.go")}</button>
    </div>`}
  </li>`;
}

/** A picture of the lane, of which the list says the same in words. */
function Strip({ parts }) {
  return html`<div class="life" aria-hidden="true">
    ${[...parts].reverse().flatMap((part) => part.versions.map(() => html`<i class=${part.row ? "there" : ""}></i>`).slice(0, 120))}
  </div>`;
}

function Lane({ id, path, versions }) {
  const { found, error, again } = useAsked(() => readLane(id, path), [id, path]);
  if (error) return html`<${Trouble} error=${error} id=${id} again=${again} />`;
  if (!found) return html`<p class="quiet">${t("loading")}</p>`;
  const parts = lane(versions, found);
  if (found.length === 0) return html`<p>${t("restore.file-gone")}</p>`;
  const older = (index) => parts.slice(index + 1).find((each) => each.row);
  return html`<${Strip} parts=${parts} />
    <ol class="lines lane" aria-label=${t("restore.lane")}>
      ${parts.map((part, index) => html`<${Part} key=${part.versions[0].at} id=${id} path=${path} part=${part} before=${older(index)} />`)}
    </ol>`;
}

/** @param {{id: string, versions: any[], rest: string[]}} props the path, and "at" with a moment or "compare" with two */
export function FilePlace({ id, versions, rest: [path, view = "", first, second] }) {
  const at = (seconds) => versions.find((each) => each.at === Number(seconds));
  const shown = [at(first), at(second)];
  const one = view === "at" && shown[0];
  const two = view === "compare" && shown[0] && shown[1];
  return html`<header class="head"><div role="status">
      <h1 class="breaks">${nameOf(path)}</h1>
      <p class="mono quiet" title=${path}>${shortened(path, 90)}</p>
    </div></header>
    ${view && html`<p class="back"><a href=${addressOf(id, path)}>${t("restore.lane")}</a></p>`}
    ${one && html`<${Content} id=${id} path=${path} version=${shown[0]} />`}
    ${two && html`<${Difference} id=${id} path=${path} older=${shown[0]} newer=${shown[1]} />`}
    ${view && !one && !two && html`<p>${t("restore.version-gone")}</p>`}
    ${!view && html`<${Lane} id=${id} path=${path} versions=${versions} />`}`;
}
