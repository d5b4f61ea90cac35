// The backup in the wizard: kept while one goes from step to step, and for a new one, without its secrets, over
// a reload of the page.

import { signal } from "../vendor/signals-core.mjs";
import { readBackup } from "../actions.mjs";
import { readDefaults } from "./asks.mjs";
import { setting } from "./draft.mjs";
import { startingAt } from "./repeats.mjs";

const DAY = 86_400_000;
const NIGHT = "02:00";
const KEPT = "triplicati:new-backup";
const SECRET = /pass|secret|key|token|auth|credential|send-|url|webhook/i;
// A number alone is a port; a password may have any sign in it.
const PASSWORD_IN_ADDRESS = /(:\/\/[^/?@:]*):(?!\d*(?:[/?]|$))[^?]*@/;
const SECRET_IN_ADDRESS = /([?&][^=&]*(?:pass|secret|key|token|auth|access|credential)[^=&]*)=[^&]*/gi;

/**
 * `before` is the draft as it was opened, `again` the passphrase as it was repeated, `held` what the
 * destination was found to hold, null while nobody has looked; `holding` what is to become of that.
 * @typedef {{id: string | null, draft: import("./draft.mjs").Draft, before: import("./draft.mjs").Draft, again: string, held: any[] | null, holding: "" | "open", sheet: boolean, refused: {step: string, text: string} | null}} Work
 */
/** null where no wizard is open; what is shown in one finds it. @type {{value: any}} */
export const work = signal(null);

/** @param {Partial<Work>} members */
export function note(members) {
  if (work.value) work.value = { ...work.value, ...members };
}

/** @type {import("./draft.mjs").Change} */
export function change(next) {
  if (!work.value) return;
  const { draft, id, held, holding } = work.value;
  const changed = next(draft);
  // Another address is another place, of which nothing is known yet.
  const same = changed.Backup.TargetURL === draft.Backup.TargetURL;
  note({ draft: changed, refused: null, held: same ? held : null, holding: same ? holding : "" });
  if (id === null) keep(changed);
}

export const isChanged = () => work.value !== null && JSON.stringify(work.value.draft) !== JSON.stringify(work.value.before);

/** Versions that the backup has already. */
export const versionsOf = ({ id, before }) => (id === null ? 0 : Number(before.Backup.Metadata?.BackupListCount ?? 0));

let openings = 0;

/** Opens a saved backup, or the new one that was begun; of several at once the last counts. @param {string | null} id */
export async function open(id) {
  openings += 1;
  const turn = openings;
  if (work.value?.id === id) return;
  const fresh = { id, again: "", held: null, holding: /** @type {""} */ (""), sheet: false, refused: null };
  if (id !== null) {
    const { Backup, Schedule } = await readBackup(id);
    if (turn !== openings) return;
    const draft = { Backup, Schedule };
    work.value = { ...fresh, draft, before: draft, again: setting(draft, "passphrase") ?? "" };
    return;
  }
  const before = beginning(await readDefaults());
  if (turn !== openings) return;
  work.value = { ...fresh, draft: kept() ?? before, before };
}

/** Nothing is left of what was not saved. */
export function forget() {
  if (work.value?.id === null) drop();
  work.value = null;
}

function beginning({ Backup: { Settings }, Schedule: { Repeat, AllowedDays } }) {
  const tomorrow = new Date(Date.now() + DAY).toISOString().slice(0, 10);
  return {
    Backup: { Name: "", Description: "", Tags: [], TargetURL: "", Sources: [], Settings: Settings.filter((each) => each.Value), Filters: [] },
    Schedule: startingAt({ Repeat, Time: "", AllowedDays }, `${tomorrow}T${NIGHT}`),
  };
}

const withoutSecrets = (url) => url.replace(PASSWORD_IN_ADDRESS, "$1@").replace(SECRET_IN_ADDRESS, "$1=");

function keep(draft) {
  const { Backup } = draft;
  const shown = {
    ...Backup,
    TargetURL: withoutSecrets(Backup.TargetURL),
    AdditionalTargetURLs: Backup.AdditionalTargetURLs?.map((each) => ({ ...each, TargetUrl: withoutSecrets(each.TargetUrl) })),
    Sources: Backup.Sources.filter((each) => !each.includes("://")),
    Settings: Backup.Settings.filter((each) => !SECRET.test(each.Name) && !each.Value?.includes("://")),
  };
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ ...draft, Backup: shown }));
  } catch {
    // Without storage it is lost with the page.
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  } catch {
    return null;
  }
}

function drop() {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // There is nothing then.
  }
}
