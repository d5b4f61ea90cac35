// The versions of a destination while they are read.

import { LiveRun } from "../home/live_run.mjs";
import { livingProgress } from "../state.mjs";
import { html, useEffect } from "../view.mjs";
import { t } from "../words.mjs";
import { useTask } from "./task.mjs";
import { Waits } from "./under_way.mjs";

/** @param {{id: string, task: number}} props */
export function Reading({ id, task: number }) {
  const { state, parsed, error } = useTask(number);
  const read = ["Success", "Warning"].includes(parsed);
  useEffect(() => {
    // The way back leads to where it began, not here again.
    if (read) location.replace(`#/restore/${id}`);
  }, [read]);
  if (state === "gone" || (state === "ended" && !read)) {
    return html`<div role="alert"><h1>${t("restore.not-read")}</h1><p class="bad">${state === "gone" ? t("restore.run-gone") : error}</p></div>
      <p class="actions"><a class="button main" href="#/restore/open">${t("restore.try-open")}</a></p>`;
  }
  const live = livingProgress.value;
  return html`<header class="head"><div role="status"><h1>${t("restore.reading")}</h1><p class="quiet">${t("restore.reading-means")}</p></div></header>
    ${state === "waiting" && html`<${Waits} />`}
    ${live && live.TaskId === number && html`<${LiveRun} live=${live} />`}`;
}
