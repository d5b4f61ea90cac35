// Trying a destination out, and what can be done about what it said.

import { attempt } from "../actions.mjs";
import { html, useEffect, useRef, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { taken, withAsked, written } from "./address.mjs";

const ABSENT = { "missing-folder": () => t("destination.missing"), BucketMissing: () => t("destination.no-bucket") };

/** The address with what makes its server trusted from now on. */
function trusting(url, { ReportedHostKey: key, HostCertificate: hash }) {
  const address = taken(url);
  return written(key ? withAsked(address, "ssh-fingerprint", key) : withAsked(address, "accept-specified-ssl-hash", hash));
}

function Untrusted({ found, trust }) {
  const { ReportedHostKey: key, HostCertificate: hash, AcceptedHostKey: other } = found.Data;
  return html`<div role="alert"><p class="bad">${other ? t("destination.changed") : t("destination.untrusted")}</p>
    <p>${key ? t("destination.its-key") : t("destination.its-certificate")} <span class="mono">${key || hash}</span></p>
    <p class="quiet small">${found.Error}</p>
    <p>${t("destination.compare-first")}</p>
    <p class="actions"><button type="button" class=${other ? "danger" : ""} onClick=${trust}>${t("destination.trust")}</button></p></div>`;
}

function Outcome({ found, create, trust }) {
  if (!found) return null;
  const { Success, StatusCode, Data, Error } = found;
  if (Success) return html`<p class="state-text ok" role="status">${Data.FolderIsEmpty ? t("destination.works-empty") : t("destination.works")}</p>`;
  if (Data?.ReportedHostKey || Data?.HostCertificate) return html`<${Untrusted} found=${found} trust=${trust} />`;
  if (Object.hasOwn(ABSENT, StatusCode)) {
    return html`<div role="alert"><p class="state-text warnings">${ABSENT[StatusCode]()}</p>
      <p class="actions"><button type="button" onClick=${create}>${t("destination.create")}</button></p></div>`;
  }
  return html`<div role="alert"><p class="bad">${t("destination.failed")} ${Error}</p><p>${t("destination.failed-next")}</p></div>`;
}

/**
 * A button that tries an address, and what came of it until the address changes.
 * @param {{url: string, label?: string, test: (create: boolean) => Promise<any>, onChange: (url: string) => void, children?: any}} props `test` asks the
 *   server; the children are further buttons beside it
 */
export function Tried({ url, label, test, onChange, children }) {
  const [found, tell] = useState(null);
  const [testing, wait] = useState(false);
  const now = useRef(url);
  now.current = url;
  useEffect(() => tell(null), [url]);
  const run = async (create) => {
    wait(true);
    const answer = await attempt(() => test(create));
    // It may be another address by now, of which this says nothing.
    if (now.current === url) tell(answer);
    wait(false);
  };
  return html`<p class="actions"><button type="button" aria-label=${label} disabled=${!url || testing} onClick=${() => run(false)}>${testing ? t("destination.testing") : t("destination.test")}</button>${children}</p>
    <${Outcome} found=${found} create=${() => run(true)} trust=${() => onChange(trusting(url, found.Data))} />`;
}
