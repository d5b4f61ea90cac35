import { html, useState } from "./view.mjs";
import { t } from "./words.mjs";

/** A browser gives its clipboard only to pages that came over TLS or from this machine. */
async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("nothing was copied");
}

/** @param {{text: string}} props */
export function Copy({ text }) {
  const [said, say] = useState("");
  const copy = () => copied(text).then(() => say(t("copy.done")), () => say(t("copy.failed")));
  return html`<button onClick=${copy}>${t("copy.now")}</button> <span class="quiet small" role="log">${said}</span>`;
}
