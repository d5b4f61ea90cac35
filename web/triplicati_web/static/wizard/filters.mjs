// Rules of what is left out: the usual ones as questions, the rest as a list in the order in which it counts.

import { Icon } from "../icons.mjs";
import { useLoaded } from "../loading.mjs";
import { html, useState } from "../view.mjs";
import { t } from "../words.mjs";
import { setting, withBackup, withSetting } from "./draft.mjs";
import { KINDS, numbered, ordered, parsed, signed, written } from "./filter_kinds.mjs";
import { Flags, Size } from "./option_inputs.mjs";
import { readFilterGroups } from "./step_asks.mjs";

// Of the groups with several names one each.
const ASKED = ["TemporaryFiles", "CacheFiles"];
const GROUPS = [...ASKED, "SystemFiles", "OperatingSystem", "Applications", "DefaultExcludes"];

const kindName = (kind) =>
  ({
    folder: t("filters.folder"), file: t("filters.file"), extension: t("filters.extension"), contains: t("filters.contains"),
    path: t("filters.path"), group: t("filters.group"), regex: t("filters.regex"), pattern: t("filters.pattern"),
  })[kind];

const groupName = (name) =>
  ({
    TemporaryFiles: t("group.temporary"), CacheFiles: t("group.cache"), SystemFiles: t("group.system"),
    OperatingSystem: t("group.os"), Applications: t("group.applications"), DefaultExcludes: t("group.default"),
  })[name] ?? name;

function Value({ kind, value, groups, onInput }) {
  const label = t("filters.value");
  if (kind !== "group") {
    return html`<input class="mono" aria-label=${label} autocomplete="off" spellcheck=${false} value=${value} onInput=${(event) => onInput(event.target.value)} />`;
  }
  const known = GROUPS.filter((each) => groups[each]?.length);
  const names = known.includes(value) ? known : [value, ...known];
  return html`<select aria-label=${label} value=${value} onChange=${(event) => onInput(event.target.value)}>
    ${names.map((each) => html`<option key=${each} value=${each}>${groupName(each)}</option>`)}</select>`;
}

function Rule({ rule, at, last, groups, onChange, onMove, onRemove }) {
  // What is half typed may read as another kind.
  const [own, keep] = useState(parsed(rule.Expression));
  const half = /** @type {import("./filter_kinds.mjs").Kind} */ (own.kind);
  const { kind, value } = written(half, own.value) === rule.Expression ? own : parsed(rule.Expression);
  const set = (next) => {
    keep(next);
    onChange({ ...rule, Expression: written(next.kind, next.value) });
  };
  const turned = (next) => set({ kind: next, value: next === "group" ? ASKED[0] : next === "pattern" ? rule.Expression : value });
  return html`<li class="rule">
    <select aria-label=${t("filters.verb")} value=${rule.Include ? "+" : "-"} onChange=${(event) => onChange({ ...rule, Include: event.target.value === "+" })}>
      <option value="-">${t("filters.exclude")}</option><option value="+">${t("filters.include")}</option></select>
    <select aria-label=${t("filters.kind")} value=${kind} onChange=${(event) => turned(event.target.value)}>
      ${KINDS.map((each) => html`<option key=${each} value=${each}>${kindName(each)}</option>`)}</select>
    <${Value} kind=${kind} value=${value} groups=${groups} onInput=${(next) => set({ kind, value: next })} />
    <div class="actions">
      <button type="button" class="plain" disabled=${at === 0} aria-label=${t("filters.up", { rule: rule.Expression })} onClick=${() => onMove(-1)}><${Icon} name="up" /></button>
      <button type="button" class="plain" disabled=${last} aria-label=${t("filters.down", { rule: rule.Expression })} onClick=${() => onMove(1)}><${Icon} name="down" /></button>
      <button type="button" class="plain" aria-label=${t("filters.remove", { rule: rule.Expression })} onClick=${onRemove}>${t("queue.remove")}</button>
    </div>
  </li>`;
}

/** The rules as experts write them, one a line. */
function AsText({ rules, onChange }) {
  const [own, keep] = useState("");
  const lines = own.split("\n").filter((each) => each.trim());
  const good = lines.every((each) => /^[+-]./.test(each));
  const shown = !good || lines.join("\n") === signed(rules).join("\n") ? own : signed(rules).join("\n");
  const typed = (event) => {
    keep(event.target.value);
    const next = event.target.value.split("\n").filter((each) => each.trim());
    if (next.every((each) => /^[+-]./.test(each))) onChange(next.map((each) => ({ Include: each[0] === "+", Expression: each.slice(1) })));
  };
  return html`<details class="fold"><summary>${t("filters.as-text")}</summary>
    <label class="small quiet">${t("filters.text-how")}
      <textarea class="mono" rows="6" spellcheck=${false} value=${shown} onInput=${typed} aria-invalid=${good ? undefined : "true"}></textarea></label>
    ${!good && html`<p class="bad small" role="alert">${t("filters.text-bad")}</p>`}
  </details>`;
}

function Usual({ draft, change, rules, set, system }) {
  const named = (name) => rules.some((each) => !each.Include && each.Expression === `{${name}}`);
  const turn = (name) => (event) =>
    set(event.target.checked ? [...rules, { Include: false, Expression: `{${name}}` }] : rules.filter((each) => each.Include || each.Expression !== `{${name}}`));
  const declared = (name) => system.Options.find((each) => each.Name === name);
  const attributes = declared("exclude-files-attributes");
  const put = (name) => (value) => change((before) => withSetting(before, name, value || null));
  return html`<fieldset class="usual"><legend class="unseen">${t("filters.usual")}</legend>
    ${ASKED.map((name) => html`<label key=${name} class="line"><input type="checkbox" checked=${named(name)} onChange=${turn(name)} />${groupName(name)}</label>`)}
    <${Flags} values=${["Hidden"]} names=${{ Hidden: t("filters.hidden") }} value=${setting(draft, "exclude-files-attributes") ?? ""} onChange=${put("exclude-files-attributes")} />
    <label class="across">${t("filters.larger")}<${Size} option=${declared("skip-files-larger-than")} label=${t("filters.larger")} value=${setting(draft, "skip-files-larger-than") ?? ""} onChange=${put("skip-files-larger-than")} /></label>
    <details class="fold"><summary>${t("filters.attributes")}</summary>
      <div class="flags"><${Flags} values=${(attributes?.ValidValues ?? []).filter((each) => each !== "Hidden")} value=${setting(draft, "exclude-files-attributes") ?? ""} onChange=${put("exclude-files-attributes")} /></div></details>
  </fieldset>`;
}

/** @param {{draft: import("./draft.mjs").Draft, change: import("./draft.mjs").Change, system: any}} props */
export function Filters({ draft, change, system }) {
  const groups = useLoaded(readFilterGroups, []) ?? {};
  const rules = ordered(draft.Backup.Filters);
  const set = (next) => change((before) => withBackup(before, { Filters: numbered(next) }));
  const put = (at, rule) => set(rules.map((each, index) => (index === at ? rule : each)));
  const move = (at, step) => {
    const next = [...rules];
    next.splice(at + step, 0, ...next.splice(at, 1));
    set(next);
  };
  return html`<${Usual} draft=${draft} change=${change} rules=${rules} set=${set} system=${system} />
    ${rules.length > 0 && html`<p class="quiet small">${t("filters.order")}</p>`}
    <ol class="rules" aria-label=${t("filters.title")}>
      ${rules.map((rule, at) => html`<${Rule} key=${at} rule=${rule} at=${at} last=${at === rules.length - 1} groups=${groups}
        onChange=${(next) => put(at, next)} onMove=${(step) => move(at, step)} onRemove=${() => set(rules.filter((_, index) => index !== at))} />`)}
    </ol>
    <button type="button" onClick=${() => set([...rules, { Include: false, Expression: written("folder", "") }])}>${t("filters.add")}</button>
    <${AsText} rules=${rules} onChange=${set} />`;
}
