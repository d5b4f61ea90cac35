// What is backed up, and what is left out of it.

import { attempt, readSystem } from "../actions.mjs";
import { size } from "../format.mjs";
import { useLoaded } from "../loading.mjs";
import { html, useState } from "../view.mjs";
import { count, t } from "../words.mjs";
import { useAnswer } from "./asking.mjs";
import { bare, withBackup } from "./draft.mjs";
import { signed } from "./filter_kinds.mjs";
import { Filters } from "./filters.mjs";
import { Included } from "./included.mjs";
import { expanded, isUnusual, same, within } from "./paths.mjs";
import { checkPath, previewFilters } from "./step_asks.mjs";
import { Tree } from "./tree.mjs";

// Options that decide what is looked at; the rest is of no use there, and may be secret.
const LOOKS = [
  "allow-missing-source", "disable-backup-exclusion-xattr", "exclude-empty-folders", "exclude-files-attributes", "hardlink-policy",
  "ignore-filenames", "skip-files-larger-than", "symlink-policy",
];
const BRIEFLY = 10;
const LONG = 300;

function questionOf({ Backup }, seconds) {
  const options = Backup.Settings.map((each) => [bare(each.Name), each.Value]).filter(([name]) => LOOKS.includes(name));
  return {
    Sources: Backup.Sources.filter((each) => !each.startsWith("@")),
    Filters: signed(Backup.Filters),
    Options: Object.fromEntries(options),
    BackupId: Backup.ID || null,
    Limit: 50,
    Seconds: seconds,
  };
}

/** What was counted in a source, null while that is not known. */
function tallied(source, found, named) {
  if (!found || source.startsWith("@")) return null;
  const place = expanded(source, named);
  const mine = found.Folders.filter((each) => within(each.Path, place));
  const total = (member) => mine.reduce((sum, each) => sum + each[member], 0);
  return { files: total("Files"), bytes: total("Bytes") };
}

function Counted({ source, place, answer: { found, asking }, tally }) {
  if (source.startsWith("@")) return html`<span class="quiet">${t("sources.elsewhere")}</span>`;
  if (isUnusual(place)) return html`<span class="quiet">${t("sources.unusual")}</span>`;
  if (found?.Missing.some((each) => same(each, place))) return html`<span class="state late">${t("sources.missing")}</span>`;
  if (!tally) return html`<span class="quiet">${asking ? t("live.counting") : ""}</span>`;
  const text = `${count("files", tally.files)}, ${size(tally.bytes)}`;
  return html`<span class="quiet">${found.Finished ? text : t("sources.at-least", { amount: text })}</span>`;
}

function Chosen({ draft, change, answer, named }) {
  const { Sources } = draft.Backup;
  const leave = (source) => change((before) => withBackup(before, { Sources: before.Backup.Sources.filter((each) => each !== source) }));
  if (!Sources.length) return html`<p class="quiet">${t("sources.none")}</p>`;
  return html`<ul class="lines" aria-label=${t("sources.chosen")}>
    ${Sources.map((source) => html`<li key=${source}>
      <div><span class="mono">${expanded(source, named)}</span></div>
      <${Counted} source=${source} place=${expanded(source, named)} tally=${tallied(source, answer.found, named)} answer=${answer} />
      <button type="button" class="plain" aria-label=${t("sources.remove", { path: source })} onClick=${() => leave(source)}>${t("queue.remove")}</button>
    </li>`)}
  </ul>`;
}

/** A path that is typed; one that is not there can be kept all the same. */
function Typed({ draft, change, named }) {
  const [path, type] = useState("");
  const [missing, tell] = useState("");
  const take = () => {
    const known = draft.Backup.Sources.some((each) => same(expanded(each, named), expanded(path, named)));
    if (!known) change((before) => withBackup(before, { Sources: [...before.Backup.Sources, path.trim()] }));
    type("");
    tell("");
  };
  const add = async () => {
    if (!path.trim()) return undefined;
    if (path.startsWith("@")) return take();
    try {
      await checkPath(path.trim());
    } catch (error) {
      if (error.status) return tell(error.message);
      return attempt(() => Promise.reject(error));
    }
    return take();
  };
  const typed = (event) => {
    type(event.target.value);
    tell("");
  };
  const pressed = (event) => {
    if (event.key !== "Enter") return;
    // The step may stand in a form.
    event.preventDefault();
    add();
  };
  return html`<div class="typed">
    <label>${t("sources.type")}<input class="mono" autocomplete="off" spellcheck=${false} placeholder="/srv/data/" value=${path}
      onInput=${typed} onKeyDown=${pressed} aria-invalid=${missing ? "true" : undefined} aria-describedby="typed-missing" /></label>
    <button type="button" disabled=${!path.trim()} onClick=${add}>${t("sources.add")}</button>
    <p class="bad small" id="typed-missing" role="alert">${missing && html`${missing} <button type="button" class="plain" onClick=${take}>${t("sources.anyway")}</button>`}</p>
  </div>`;
}

/** @param {{draft: import("./draft.mjs").Draft, change: import("./draft.mjs").Change}} props */
export function Sources({ draft, change }) {
  const system = useLoaded(readSystem, []);
  const [seconds, wait] = useState(BRIEFLY);
  const wanted = questionOf(draft, seconds);
  const some = wanted.Sources.length > 0;
  const answer = useAnswer((signal) => (some ? previewFilters(wanted, signal) : Promise.resolve(null)), wanted);
  if (!system) return html`<p class="quiet">${t("loading")}</p>`;
  const named = system.SpecialFolders;
  return html`<div class="part">
    <section>
      <h2>${t("sources.title")}</h2>
      <p class="quiet">${t("sources.how")}</p>
      <${Tree} draft=${draft} change=${change} named=${named} />
      <${Typed} draft=${draft} change=${change} named=${named} />
    </section>
    <section><h2>${t("sources.chosen")}</h2><${Chosen} draft=${draft} change=${change} answer=${answer} named=${named} /></section>
    <section><h2>${t("filters.title")}</h2><${Filters} draft=${draft} change=${change} system=${system} /></section>
    ${some && html`<section><${Included} answer=${answer} more=${seconds < LONG ? () => wait(LONG) : null} /></section>`}
  </div>`;
}
