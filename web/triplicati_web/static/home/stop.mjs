import { attempt, stopTask } from "../actions.mjs";
import { Dialog } from "../controls.mjs";
import { Icon } from "../icons.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";

/** Stops a task in one of three ways, after saying what each of them leaves. */
export function Stop({ task }) {
  const [asking, ask] = useState(false);
  const stop = (kind) => () => {
    ask(false);
    attempt(() => stopTask(task, kind), t("stop.told"));
  };
  return html`<button onClick=${() => ask(true)}><${Icon} name="stop" />${t("stop")}</button>
    ${asking && html`<${Dialog} title=${t("stop.title")} onClose=${() => ask(false)}>
      <div class="choices">
        <button onClick=${stop("file")}><b>${t("stop.file")}</b><span class="quiet small">${t("stop.file-means")}</span></button>
        <button onClick=${stop("now")}><b>${t("stop.now")}</b><span class="quiet small">${t("stop.now-means")}</span></button>
        <button onClick=${stop("abort")}><b class="bad">${t("stop.abort")}</b><span class="quiet small">${t("stop.abort-means")}</span></button>
      </div>
      <div class="actions"><button onClick=${() => ask(false)}>${t("stop.not")}</button></div>
    <//>`}`;
}
