import { Icon } from "../icons.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";

const STATES = { Success: "ok", Warning: "warnings", Error: "failed", Fatal: "failed", Stopped: "paused", "": "running" };

function resultWord(parsed) {
  return {
    Success: t("result.success"),
    Warning: t("result.warning"),
    Error: t("result.error"),
    Fatal: t("result.fatal"),
    Stopped: t("result.stopped"),
    "": t("state.running"),
  }[parsed];
}

/** How a run or task ended. */
export function Result({ parsed }) {
  return html`<span class="state ${STATES[parsed]}"><${Icon} name=${STATES[parsed]} />${resultWord(parsed)}</span>`;
}

/** What was done, in words. */
export function operationWord(operation) {
  return {
    Backup: t("operation.backup"),
    Restore: t("operation.restore"),
    Repair: t("operation.repair"),
    Verify: t("operation.verify"),
    Compact: t("operation.compact"),
    Delete: t("operation.delete"),
    DeleteVersions: t("operation.delete-versions"),
    Vacuum: t("operation.vacuum"),
    PurgeFiles: t("operation.purge"),
    PurgeBrokenFiles: t("operation.purge-broken"),
    ReEncrypt: t("operation.re-encrypt"),
    SetLocks: t("operation.set-locks"),
    ReadLockInfo: t("operation.read-locks"),
    RemoteSynchronization: t("operation.mirror"),
    Sync: t("operation.sync"),
    ListBrokenFiles: t("operation.list-broken"),
    RepairUpdate: t("operation.repair"),
    Test: t("operation.verify"),
  }[operation] ?? operation;
}
