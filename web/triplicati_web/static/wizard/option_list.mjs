// All options that the server declares for a backup, grouped by what they are about.

import { t } from "../words.mjs";

// Those that other steps ask for.
const ELSEWHERE = new Set([
  "passphrase", "encryption-module", "no-encryption", "keep-versions", "keep-time", "retention-policy", "skip-files-larger-than",
  "exclude-files-attributes", "disable-on-battery", "disable-module", "enable-module",
]);
const ORDER = ["sources", "volumes", "transfer", "verification", "versions", "compacting", "changes", "snapshots", "machine", "log", "secrets"];

/** @param {string} name @param {string} [value] */
export const isShown = (name, value) => !ELSEWHERE.has(name) && !(name === "compression-module" && value === "zip");

/** A group in words; that of a module goes by the name of the module. @param {string} group */
export function groupName(group) {
  return {
    sources: t("topic.sources"), volumes: t("topic.volumes"), transfer: t("topic.transfer"), verification: t("topic.verification"),
    versions: t("topic.versions"), compacting: t("topic.compacting"), changes: t("topic.changes"), snapshots: t("topic.snapshots"),
    machine: t("topic.load"), log: t("topic.log"), secrets: t("topic.secrets"), location: t("topic.location"), repair: t("topic.repair"),
    restore: t("topic.restore"), listing: t("topic.listing"), copies: t("topic.copies"),
  }[group] ?? group;
}

/**
 * Each once; the options of modules have the module's name as their group.
 * @param {any} system what the server is @param {string} target whose kind of destination counts
 */
export function declaredFor(system, target) {
  const scheme = target.split("://", 1)[0];
  const backends = system.BackendModules.filter((each) => each.Key === scheme);
  const modules = [...system.CompressionModules, ...system.EncryptionModules, ...backends, ...system.ConnectionModules, ...system.GenericModules];
  const all = [...system.Options, ...modules.flatMap((module) => module.Options.map((each) => ({ ...each, Group: module.DisplayName })))];
  const place = ({ Group }) => (ORDER.includes(Group) ? ORDER.indexOf(Group) : ORDER.length);
  const once = [...new Map(all.map((each) => [each.Name, each])).values()];
  return once.sort((one, other) => place(one) - place(other));
}

/** What an option is given at first. */
export function firstValue({ Type, DefaultValue, ValidValues }) {
  if (Type === "Boolean") return DefaultValue === "true" ? "false" : "true";
  return DefaultValue ?? (Type === "Enumeration" ? ValidValues?.[0] : "") ?? "";
}

/** Those whose name or help has all of these words; names first. @param {any[]} options @param {string} text */
export function matching(options, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const has = (where) => words.every((each) => where.includes(each));
  const named = options.filter((each) => has(each.Name.toLowerCase()));
  const helped = options.filter((each) => !named.includes(each) && has(`${each.Name} ${each.LongDescription} ${each.ShortDescription}`.toLowerCase()));
  return [...named, ...helped];
}
