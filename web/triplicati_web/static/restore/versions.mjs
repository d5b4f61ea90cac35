import { clock, crowded, dayOf, dayWord, exact, size } from "../format.mjs";
import { html, useState } from "../view.mjs";
import { count, t } from "../words.mjs";

const SHOWN = 60;

/** @param {any[]} versions @returns {[string, any[]][]} by day, in their order */
function byDay(versions) {
  const days = new Map();
  for (const each of versions) {
    const day = dayOf(new Date(each.at * 1000));
    if (!days.has(day)) days.set(day, []);
    days.get(day).push(each);
  }
  return [...days.entries()];
}

function Version({ id, version, close }) {
  const moment = new Date(version.at * 1000);
  return html`<li>
    <a href="#/restore/${id}/v/${version.at}"><time datetime=${moment.toISOString()} title=${exact(moment)}>${clock(moment, close)}</time></a>
    <span class="small quiet">
      ${version.FileCount >= 0 && `${count("files", version.FileCount)}, ${size(version.FileSizes)}`}
      ${version.Version === 0 && html` <span class="tag">${t("restore.newest")}</span>`}
      ${!version.IsFullBackup && html` <span class="tag">${t("restore.partial")}</span>`}
    </span>
  </li>`;
}

/** The versions of a backup by day, newest first. */
export function Versions({ id, versions }) {
  const [shown, show] = useState(SHOWN);
  const close = crowded(versions.map((each) => each.at));
  return html`<section class="days">
    <h2>${t("restore.by-version")}</h2>
    ${byDay(versions.slice(0, shown)).map(([day, some]) => html`<div key=${day} class="day">
      <h3>${dayWord(new Date(some[0].at * 1000))}</h3>
      <ul>${some.map((each) => html`<${Version} key=${each.at} id=${id} version=${each} close=${close.has(each.at)} />`)}</ul>
    </div>`)}
    ${versions.length > shown && html`<p class="actions"><button onClick=${() => show(shown + SHOWN * 4)}>${t("restore.older")}</button></p>`}
  </section>`;
}
