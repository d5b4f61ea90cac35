import { Icon } from "../icons.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";

/** The words of each state. */
function stateWord(state) {
  return {
    ok: t("state.ok"),
    running: t("state.running"),
    stopping: t("state.stopping"),
    late: t("state.late"),
    failed: t("state.failed"),
    warnings: t("state.warnings"),
    never: t("state.never"),
    paused: t("state.paused"),
    waiting: t("state.waiting"),
  }[state];
}

/** A state as word, shape and colour. */
export function StateWord({ state }) {
  return html`<span class="state ${state}">
    <${Icon} name=${state === "stopping" ? "running" : state} />${stateWord(state)}
  </span>`;
}
