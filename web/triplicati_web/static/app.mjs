// The page: which place is open, by the part of the address after the `#`.

import { read, useTheme } from "./choices.mjs";
import { Frame } from "./frame.mjs";
import { Home } from "./home/home.mjs";
import { listen } from "./live.mjs";
import { sheet, useLoaded } from "./loading.mjs";
import { connected, hear, keeper, place } from "./state.mjs";
import { html, render, useEffect, useErrorBoundary } from "./view.mjs";
import { speakAsChosen, t } from "./words.mjs";

async function wizard() {
  await Promise.all([sheet("wizard/wizard.css"), sheet("wizard/steps.css")]);
  return (await import("./wizard/wizard.mjs")).Wizard;
}

// Every place but the first is loaded when it is opened.
const PLACES = {
  // An address may hold any word, also those that every object knows.
  __proto__: null,
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
const opened = { __proto__: null, "": Home };

function Place() {
  const [first = "", ...path] = place.value;
  useLoaded(async () => {
    if (PLACES[first]) opened[first] ??= await PLACES[first]();
    return first;
  }, [first]);
  if (!opened[first] && !PLACES[first]) {
    return html`<div role="status"><h1>${t("place.unknown")}</h1></div><p><a href="#/">${t("place.home")}</a></p>`;
  }
  return opened[first] ? html`<${opened[first]} path=${path} />` : html`<p class="quiet">${t("loading")}</p>`;
}

/** What fails in a place does not take away the rest of the page. */
function Safe({ children }) {
  const [error, again] = useErrorBoundary((failed) => console.error(failed));
  const here = place.value;
  useEffect(() => {
    if (error) again();
  }, [here]);
  if (!error) return children;
  return html`<div role="alert"><h1>${t("place.failed")}</h1><p>${t("place.failed-means")}</p></div>
    <p class="actions"><button class="main" onClick=${again}>${t("restore.again")}</button><a class="button" href="#/">${t("place.home")}</a></p>`;
}

function decoded(piece) {
  try {
    return decodeURIComponent(piece);
  } catch {
    return piece;
  }
}

function follow(event) {
  if (event && keeper.stays?.(location.hash)) {
    history.pushState(null, "", event.oldURL);
    return;
  }
  place.value = location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decoded);
}

useTheme(read("theme"));
follow();
addEventListener("hashchange", follow);
await speakAsChosen();
render(html`<${Frame}><${Safe}><${Place} /><//><//>`, document.getElementById("page"));
listen(hear, connected);
