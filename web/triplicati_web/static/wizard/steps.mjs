// The steps of the wizard, and what each of them still misses.

import { t } from "../words.mjs";
import { encryptionOf, isStored } from "./encryption.mjs";
import { setting } from "./draft.mjs";

export const STEPS = ["name", "destination", "sources", "schedule", "options", "review"];

/** @param {string} step */
export function stepName(step) {
  return {
    name: t("wizard.step-name"),
    destination: t("wizard.step-destination"),
    sources: t("wizard.step-sources"),
    schedule: t("wizard.step-schedule"),
    options: t("wizard.step-options"),
    review: t("wizard.step-review"),
  }[step];
}

function ofName({ draft, again }) {
  const missing = draft.Backup.Name.trim() ? [] : [t("wizard.no-name")];
  const passphrase = setting(draft, "passphrase") ?? "";
  if (encryptionOf(draft) === "none" || setting(draft, "gpg-encryption-command") === "--encrypt") return missing;
  if (!passphrase.trim()) return [...missing, t("wizard.no-passphrase")];
  return isStored(passphrase) || passphrase === again ? missing : [...missing, t("wizard.passphrases-differ")];
}

/** The backup at the destination with the prefix of this one, which a new one must not write over. */
export function inTheWay({ id, draft, before, held, holding }) {
  if (holding === "open" || (id !== null && draft.Backup.TargetURL === before.Backup.TargetURL)) return null;
  return held?.find((each) => each.Prefix === (setting(draft, "prefix") || "duplicati")) ?? null;
}

// A kind alone leads nowhere yet.
const isPlace = (url) => url.trim() !== "" && !/^[\w+.-]+:\/\/$/.test(url.trim());

function ofDestination(work) {
  const { TargetURL, AdditionalTargetURLs } = work.draft.Backup;
  if (!isPlace(TargetURL)) return [t("wizard.no-destination")];
  if (AdditionalTargetURLs?.some((each) => !isPlace(each.TargetUrl))) return [t("further.unfinished")];
  return inTheWay(work) ? [t("wizard.held-undecided")] : [];
}

/** What a step misses, in words. @param {import("./store.mjs").Work} work @param {string} step @returns {string[]} */
export function missing(work, step) {
  if (step === "name") return ofName(work);
  if (step === "destination") return ofDestination(work);
  if (step === "sources") return work.draft.Backup.Sources.length ? [] : [t("wizard.no-sources")];
  return [];
}

// The server says in words what it does not take; each concerns one step.
/** @type {[RegExp, string][]} */
const CONCERNS = [
  [/passphrase|encrypt|missing a name|name .*(taken|exist|used)|already .*name/i, "name"],
  [/target|destination|address|backend/i, "destination"],
  [/source|filter/i, "sources"],
  [/schedule|weekday/i, "schedule"],
  [/retention|dblock|blocksize|prefix|option|settings/i, "options"],
];

/** The step that an error of the server concerns. @param {string} text @returns {string} */
export function concerned(text) {
  return CONCERNS.find(([pattern]) => pattern.test(text))?.[1] ?? "review";
}
