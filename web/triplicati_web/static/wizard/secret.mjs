import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { isStored } from "./encryption.mjs";

/**
 * An input for a secret, which can be looked at while it is typed. What the server keeps is shown as stars, and is
 * replaced as a whole.
 * @param {{told: Record<string, unknown>, label: string, value: string, onChange: (value: string) => void}} props
 */
export function Secret({ told, label, value, onChange }) {
  const [shown, show] = useState(false);
  const stored = isStored(value);
  const seen = shown && !stored;
  return html`<span class="secret"><input type=${seen ? "text" : "password"} class=${seen ? "mono" : ""} autocomplete="new-password" spellcheck=${false} ...${told}
      value=${value} onFocus=${(event) => stored && event.target.select()} onInput=${(event) => onChange(event.target.value)} />
    ${value && !stored && html`<button type="button" aria-pressed=${shown} aria-label=${shown ? t("secret.hide", { label }) : t("secret.show", { label })}
      onClick=${() => show(!shown)}>${shown ? t("passphrase.hide") : t("passphrase.show")}</button>`}</span>`;
}
