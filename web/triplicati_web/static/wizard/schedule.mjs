// When it runs by itself, and the runs that follow from that.

import { zone } from "../format.mjs";
import { html, useRef, useState } from "../view.mjs";
import { number, t } from "../words.mjs";
import { useAnswer } from "./asking.mjs";
import { setting, withSchedule, withSetting } from "./draft.mjs";
import { DAYS, atTime, dayName, dayNames, daysOf, firstOf, hoursOf, modeOf, moment, startingAt, turned } from "./repeats.mjs";
import { previewSchedule } from "./step_asks.mjs";

const MODES = ["off", "daily", "weekdays", "hours", "custom"];

const modeName = (mode) =>
  ({ off: t("when.off"), daily: t("when.daily"), weekdays: t("when.weekdays"), hours: t("when.hours"), custom: t("when.custom") })[mode];

/** The rule in words, with the weekday names of the language. */
function sentence(schedule, mode) {
  const time = firstOf(schedule).slice(11);
  const days = dayNames(daysOf(schedule));
  if (mode === "daily") return t("when.said-daily", { time });
  if (mode === "weekdays") return t("when.said-weekdays", { days, time });
  if (mode === "hours") return t("when.said-hours", { n: number(Number(hoursOf(schedule))), time });
  return daysOf(schedule).length < DAYS.length ? t("when.said-custom-days", { repeat: schedule.Repeat, days, time }) : t("when.said-custom", { repeat: schedule.Repeat, time });
}

function Days({ schedule, set }) {
  const chosen = daysOf(schedule);
  const turn = (day) => (event) => set({ ...schedule, AllowedDays: DAYS.filter((each) => (each === day ? event.target.checked : chosen.includes(each))) });
  return html`<fieldset class="days"><legend>${t("when.days")}</legend>
    ${DAYS.map((day) => html`<label key=${day} class="line"><input type="checkbox" checked=${chosen.includes(day)}
      disabled=${chosen.length === 1 && chosen[0] === day} onChange=${turn(day)} />${dayName(day)}</label>`)}
  </fieldset>`;
}

function Fields({ schedule, mode, set }) {
  const first = firstOf(schedule);
  const hours = (event) => Number(event.target.value) > 0 && set({ ...schedule, Repeat: `${Number(event.target.value)}h` });
  return html`<div class="fields">
    ${mode === "hours" && html`<label>${t("when.every-hours")}<input type="number" min="1" max="999" value=${hoursOf(schedule)} onInput=${hours} /></label>`}
    ${mode === "custom"
      ? html`<label>${t("when.repeat")}<input class="mono" autocomplete="off" value=${schedule.Repeat} onInput=${(event) => set({ ...schedule, Repeat: event.target.value })} /></label>
          <p class="small quiet">${t("when.repeat-how")}</p>
          <label>${t("when.first")}<input type="datetime-local" value=${first} onChange=${(event) => set(startingAt(schedule, event.target.value))} /></label>`
      : html`<label>${mode === "hours" ? t("when.from") : t("when.time")}<input type="time" required value=${first.slice(11)} onChange=${(event) => set(atTime(schedule, event.target.value))} /></label>`}
    ${mode !== "daily" && mode !== "hours" && html`<${Days} schedule=${schedule} set=${set} />`}
  </div>`;
}

/** What is to be known of a run: that the clocks changed since the one before, or that its time does not come. */
function remark(row, before, time, onTheClock) {
  const [shown, shift] = [row.Local.slice(11, 16), row.Local.slice(19)];
  if (onTheClock && time && shown !== time) return t("when.skipped", { time });
  return before && before.Local.slice(19) !== shift ? t("when.shifted") : "";
}

function Next({ schedule, mode }) {
  const { Time, Repeat, AllowedDays, Rule = "" } = schedule;
  const wanted = { Time, Repeat, AllowedDays, Rule, Count: 5 };
  const { found, bad } = useAnswer((signal) => previewSchedule(wanted, signal), wanted);
  const onTheClock = mode === "daily" || mode === "weekdays";
  if (bad) return html`<p class="bad" role="alert">${bad} ${t("when.mend")}</p>`;
  if (!found) return html`<p class="quiet">${t("loading")}</p>`;
  if (!found.length) return html`<p class="quiet">${t("when.never")}</p>`;
  return html`<ol class="lines" aria-label=${t("when.next")}>${found.map((row, at) => html`<li key=${row.Due}>
    <div><time datetime=${row.Due}>${moment(row.Due, row.Zone)}</time></div>
    <span class="quiet small">${remark(row, found[at - 1], firstOf(schedule).slice(11), onTheClock)}</span></li>`)}</ol>`;
}

/** @param {{draft: import("./draft.mjs").Draft, change: import("./draft.mjs").Change}} props */
export function Schedule({ draft, change }) {
  const schedule = draft.Schedule;
  // A rule that could be said in a simpler way stays open for editing once somebody chose to write it.
  const [chosen, choose] = useState("");
  const before = useRef(schedule);
  if (schedule) before.current = schedule;
  const mode = schedule && chosen === "custom" ? "custom" : modeOf(schedule);
  const set = (next) => change((draft) => withSchedule(draft, next));
  const pick = (next) => () => {
    choose(next);
    set(turned(before.current, next));
  };
  const battery = setting(draft, "disable-on-battery");
  return html`<div class="part">
    <section>
      <h2 id="when-title">${t("when.title")}</h2>
      <div class="picks" role="radiogroup" aria-labelledby="when-title">${MODES.map((each) => html`<label key=${each} class="line">
        <input type="radio" name="when" checked=${mode === each} onChange=${pick(each)} />${modeName(each)}</label>`)}</div>
      ${schedule && html`<${Fields} schedule=${schedule} mode=${mode} set=${set} />`}
    </section>
    ${schedule
      ? html`<section><h2>${t("when.next")}</h2>
          <p>${sentence(schedule, mode)} <span class="quiet">${t("when.zone", { zone: zone() })}</span></p>
          <${Next} schedule=${schedule} mode=${mode} />
          <p class="quiet small">${t("when.missed")}</p></section>
        <section><label class="line"><input type="checkbox" checked=${battery !== null && battery !== "false"}
          onChange=${(event) => change((before) => withSetting(before, "disable-on-battery", event.target.checked ? "true" : null))} />${t("when.battery")}</label></section>`
      : html`<p class="quiet">${t("when.said-off")}</p>`}
  </div>`;
}
