// What tells of troubles: notifications of the page, and reports that go out.

import { attempt, readSystem, testNotification } from "../actions.mjs";
import { Notifications } from "../activity/notifications.mjs";
import { useLoaded } from "../loading.mjs";
import { html } from "../view.mjs";
import { t } from "../words.mjs";
import { Save, useSettings } from "./changing.mjs";
import { ReportKind, isReport } from "./report_kind.mjs";
import { ReportTest } from "./report_test.mjs";

function Reports() {
  const form = useSettings();
  const system = useLoaded(readSystem, []);
  if (!form || !system) return html`<p class="quiet">${t("loading")}</p>`;
  const kinds = system.GenericModules.filter(isReport);
  return html`<section><h3>${t("reports.title")}</h3>
    <p class="intro">${t("reports.means")}</p>
    <form onSubmit=${form.save}>
      <div>${kinds.map((kind) => html`<${ReportKind} key=${kind.Key} kind=${kind} form=${form} />`)}</div>
      <${Save} changed=${form.changed} />
    </form>
    <${ReportTest} kinds=${kinds} form=${form} /></section>`;
}

export function Notices() {
  return html`<${Notifications} />
    <p class="actions apart"><button onClick=${() => attempt(testNotification, t("settings.tested"))}>${t("settings.test")}</button></p>
    <${Reports} />`;
}
