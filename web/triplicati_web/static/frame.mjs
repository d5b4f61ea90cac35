// What stands around every place: where one can go, what was just done, and whether the server is there.

import { Icon } from "./icons.mjs";
import { connection, notifications, place, told, unread } from "./state.mjs";
import { html, useEffect, useRef } from "./view.mjs";
import { t } from "./words.mjs";

const TOLD_FOR = 6000;

function Link({ name, label, told: spoken, to, here, badge }) {
  return html`<li>
    <a href="#/${to}" aria-current=${here ? "page" : undefined} aria-label=${spoken}>
      <${Icon} name=${name} /><span>${label}</span>
      ${badge > 0 && html`<span class="badge"><span class="unseen">${t("notifications.title")}: </span>${badge}</span>`}
    </a>
  </li>`;
}

function Told() {
  const said = told.value;
  useEffect(() => {
    if (!said || said.bad) return undefined;
    const timer = setTimeout(() => {
      told.value = null;
    }, TOLD_FOR);
    return () => clearTimeout(timer);
  }, [said]);
  return html`<div role=${said?.bad ? "alert" : "log"} aria-live="polite">
    ${said && html`<div class="told"><span class=${said.bad ? "bad" : ""}>${said.text}</span>
      <button class="plain" onClick=${() => { told.value = null; }}>${t("close")}</button></div>`}
  </div>`;
}

/** What could not be read, until it was. */
function Unread() {
  const lacking = unread.value;
  const up = connection.value === "up";
  useEffect(() => {
    if (up) for (const each of unread.value) each.again();
  }, [up]);
  if (lacking.length === 0) return null;
  const again = () => lacking.forEach((each) => each.again());
  return html`<div class="strap" role="alert"><span class="bad">${lacking[0].text}</span> <button onClick=${again}>${t("restore.again")}</button></div>`;
}

export function Frame({ children }) {
  const main = useRef(null);
  const [first = ""] = place.value;
  const address = place.value.join("/");
  const before = useRef(address);
  useEffect(() => {
    // Whoever cannot see must learn that another place was opened.
    // What was changed by a choice within the place leaves the focus at that choice.
    if (before.current !== address && !document.activeElement?.closest("[data-stays]")) main.current.focus();
    before.current = address;
  }, [address]);
  return html`<div class="frame">
    <button class="skip" onClick=${() => main.current.focus()}>${t("place.skip")}</button>
    <nav class="side" aria-label=${t("places")}>
      <div class="brand">Triplicati</div>
      <ul>
        <${Link} name="home" label=${t("place.home")} to="" here=${first === ""} />
        <${Link} name="restore" label=${t("place.restore-narrow")} told=${t("place.restore")} to="restore" here=${first === "restore"} />
        <${Link} name="activity" label=${t("place.activity")} to="activity" here=${first === "activity"} badge=${notifications.value.length} />
        <${Link} name="proof" label=${t("place.proof")} to="proof" here=${first === "proof"} />
        <${Link} name="settings" label=${t("place.settings-narrow")} told=${t("place.settings")} to="settings" here=${first === "settings"} />
        <${Link} name="add" label=${t("place.new")} told=${t("wizard.new")} to="new" here=${["new", "add"].includes(first)} />
      </ul>
    </nav>
    <div>
      ${connection.value === "down" && html`<p class="strap" role="alert">${t("connection.down")}</p>`}
      <${Unread} />
      <main ref=${main} tabindex="-1">${children}</main>
    </div>
    <${Told} />
  </div>`;
}
