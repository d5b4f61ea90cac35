import { Dialog } from "../controls.mjs";
import { keeper } from "../state.mjs";
import { html, useEffect, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { forget, isChanged, work } from "./store.mjs";

function stays(wanted, id) {
  const [first, second] = wanted.replace(/^#\/?/, "").split("/");
  return id === null ? first === "new" : first === "edit" && second === id;
}

/** Asks once before what was not saved is left; only an opened wizard is asked. */
export function Leaving() {
  const [wanted, want] = useState("");
  const id = work.value?.id ?? null;
  useEffect(() => {
    keeper.stays = (hash) => {
      if (stays(hash, id) || !isChanged()) return false;
      want(hash || "#/");
      return true;
    };
    const unload = (event) => {
      // A new one is there again after a reload.
      if (id !== null && isChanged()) event.preventDefault();
    };
    addEventListener("beforeunload", unload);
    return () => {
      keeper.stays = null;
      removeEventListener("beforeunload", unload);
      if (!stays(location.hash, id)) forget();
    };
  }, [id]);
  if (!wanted) return null;
  const leave = () => {
    keeper.stays = null;
    location.hash = wanted;
  };
  return html`<${Dialog} title=${t("leave.title")} onClose=${() => want("")}>
    <p>${t("leave.means")}</p>
    <p class="actions"><button class="main" onClick=${() => want("")}>${t("leave.stay")}</button>
      <button onClick=${leave}>${t("leave.go")}</button></p>
  <//>`;
}
