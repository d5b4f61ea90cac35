import { attempt, pauseAll, resumeAll } from "../actions.mjs";
import { Menu } from "../controls.mjs";
import { when } from "../format.mjs";
import { Icon } from "../icons.mjs";
import { server } from "../state.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";

/** Until when everything is paused, in words. */
export function pausedWords(line) {
  return line.PausedUntil > 0 ? t("pause.until", { time: when(new Date(line.PausedUntil * 1000)) }) : t("pause.open");
}

/** Pauses everything for a while, or goes on. */
export function Pause() {
  if (server.value?.State === "Paused") {
    return html`<button class="main" onClick=${() => attempt(resumeAll)}><${Icon} name="run" />${t("resume")}</button>`;
  }
  const pause = (duration) => () => attempt(() => pauseAll(duration));
  return html`<${Menu} name=${t("pause.title")} label=${html`<${Icon} name="paused" />${t("pause")}<${Icon} name="down" />`}>
    <button onClick=${pause("15m")}>${t("pause.15m")}</button>
    <button onClick=${pause("1h")}>${t("pause.1h")}</button>
    <button onClick=${pause("8h")}>${t("pause.8h")}</button>
    <button onClick=${pause("")}>${t("pause.open-ended")}</button>
  <//>`;
}
