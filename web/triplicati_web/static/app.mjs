// The page: which place is open, by the part of the address after the `#`.

import { read, useTheme } from "./choices.mjs";
import { Frame } from "./frame.mjs";
import { Home } from "./home/home.mjs";
import { listen } from "./live.mjs";
import { sheet } from "./loading.mjs";
import { connected, hear, keeper, place } from "./state.mjs";
import { html, render, useEffect, useState } from "./view.mjs";
import { speakAsChosen, t } from "./words.mjs";

async function wizard() {
  await Promise.all([sheet("wizard/wizard.css"), sheet("wizard/steps.css")]);
  return (await import("./wizard/wizard.mjs")).Wizard;
}

// Every place but the first is loaded when it is opened.
const PLACES = {
  backup: async () => {
    await Promise.all([sheet("backup/backup.css"), sheet("compare/compare.css")]);
    return (await import("./backup/backup.mjs")).BackupPlace;
  },
  activity: async () => (await Promise.all([import("./activity/activity.mjs"), sheet("activity/activity.css")]))[0].Activity,
  proof: async () => (await Promise.all([import("./proof/proof.mjs"), sheet("proof/proof.css")]))[0].Proof,
  restore: async () => {
    const [{ RestorePlace }] = await Promise.all([import("./restore/restore.mjs"), sheet("restore/restore.css")]);
    return RestorePlace;
  },
  settings: async () => {
    await Promise.all([sheet("wizard/steps.css"), sheet("settings/settings.css")]);
    return (await import("./settings/settings.mjs")).Settings;
  },
  add: async () => (await import("./backup/add.mjs")).Add,
  new: wizard,
  edit: wizard,
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

function follow(event) {
  if (event && keeper.stays?.(location.hash)) {
    history.pushState(null, "", event.oldURL);
    return;
  }
  place.value = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
}

useTheme(read("theme"));
follow();
addEventListener("hashchange", follow);
await speakAsChosen();
render(html`<${Frame}><${Place} /><//>`, document.getElementById("page"));
listen(hear, connected);
