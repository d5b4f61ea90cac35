// The page: which place is open, by the part of the address after the `#`.

import { read, useTheme } from "./choices.mjs";
import { Frame } from "./frame.mjs";
import { Home } from "./home/home.mjs";
import { listen } from "./live.mjs";
import { connected, hear, place } from "./state.mjs";
import { html, render, useEffect, useState } from "./view.mjs";
import { speakAsChosen, t } from "./words.mjs";

// Every place but the first is loaded when it is opened.
const PLACES = {
  backup: async () => (await import("./backup/backup.mjs")).BackupPlace,
  activity: async () => (await import("./activity/activity.mjs")).Activity,
  settings: async () => (await import("./settings/settings.mjs")).Settings,
  add: async () => (await import("./backup/add.mjs")).Add,
};
/** @type {Record<string, any>} */
const opened = { "": Home };

function Place() {
  const [first = "", ...path] = place.value;
  const [, turn] = useState(0);
  useEffect(() => {
    if (opened[first] || !PLACES[first]) return;
    PLACES[first]().then((component) => {
      opened[first] = component;
      turn((count) => count + 1);
    });
  }, [first]);
  if (!opened[first] && !PLACES[first]) {
    return html`<div role="status"><h1>${t("place.unknown")}</h1></div><p><a href="#/">${t("place.home")}</a></p>`;
  }
  return opened[first] ? html`<${opened[first]} path=${path} />` : html`<p class="quiet">${t("loading")}</p>`;
}

function follow() {
  place.value = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

useTheme(read("theme"));
follow();
addEventListener("hashchange", follow);
await speakAsChosen();
render(html`<${Frame}><${Place} /><//>`, document.getElementById("page"));
listen(hear, connected);
