// What the kinds of problems of a run mean, and what helps.

import { t } from "../words.mjs";

/** @typedef {"exclude" | "remove-source" | "test" | "edit" | "run"} Help */
/** @typedef {{means: string, helps: Help[]}} Meaning */

const SCRIPTS = ["ScriptExecuteError", "ScriptTimeout", "InvalidExitCode", "StdErrorNotEmpty", "RequiredScriptFailed", "ScriptUnusable", "ScriptOutput"];
const UNKNOWN_OPTIONS = ["UnsupportedOption", "DeprecatedOption", "InvalidOption", "OptionNotBuilt"];

/** @returns {Record<string, () => Meaning>} */
const MEANINGS = () => ({
  FileAccessError: () => ({ means: t("means.file"), helps: ["exclude", "run"] }),
  FolderAccessError: () => ({ means: t("means.folder"), helps: ["exclude", "run"] }),
  PathNotFound: () => ({ means: t("means.path"), helps: ["exclude", "run"] }),
  SourceIsMissing: () => ({ means: t("means.source"), helps: ["remove-source", "run"] }),
  SourceUnauthorized: () => ({ means: t("means.source-denied"), helps: ["edit", "run"] }),
  NoSources: () => ({ means: t("means.no-sources"), helps: ["edit"] }),
  RetryTransfer: () => ({ means: t("means.retry"), helps: ["test"] }),
  DestinationError: () => ({ means: t("means.destination"), helps: ["test", "edit", "run"] }),
  DestinationRefused: () => ({ means: t("means.refused"), helps: ["edit", "test"] }),
  DestinationFull: () => ({ means: t("means.full"), helps: ["edit", "run"] }),
  TransferStalled: () => ({ means: t("means.stalled"), helps: ["test", "run"] }),
  FolderMissing: () => ({ means: t("means.no-folder"), helps: ["test", "edit"] }),
  RemoteFileMissing: () => ({ means: t("means.remote-gone"), helps: ["test", "run"] }),
  MissingRemoteFiles: () => ({ means: t("means.remote-gone"), helps: ["test", "run"] }),
  ExtraRemoteFiles: () => ({ means: t("means.extra"), helps: ["test", "run"] }),
  CorruptVolume: () => ({ means: t("means.corrupt"), helps: ["run"] }),
  WrongPassphrase: () => ({ means: t("means.passphrase"), helps: ["edit"] }),
  ReportSubmitError: () => ({ means: t("means.report"), helps: ["edit"] }),
  ReportNotSent: () => ({ means: t("means.report"), helps: ["edit"] }),
  SnapshotFailed: () => ({ means: t("means.snapshot"), helps: ["edit", "run"] }),
  UnsupportedBackend: () => ({ means: t("means.unsupported"), helps: ["edit"] }),
  RunInterrupted: () => ({ means: t("means.interrupted"), helps: ["run"] }),
});

/** @param {string} id @param {string} level Warning or Error @returns {Meaning} */
export function meaningOf(id, level) {
  const known = MEANINGS()[id];
  if (known) return known();
  if (SCRIPTS.includes(id)) return { means: t("means.script"), helps: ["edit", "run"] };
  if (UNKNOWN_OPTIONS.includes(id)) return { means: t("means.option"), helps: ["edit"] };
  return { means: level === "Error" ? t("means.unknown-error") : t("means.unknown-warning"), helps: ["run"] };
}
