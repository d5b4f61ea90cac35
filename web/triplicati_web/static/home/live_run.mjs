import { BYTES, Chart } from "../chart.mjs";
import { range, shortened, size } from "../format.mjs";
import { livingProgress, speeds } from "../state.mjs";
import { html } from "../view.mjs";
import { count, number, t } from "../words.mjs";

const LINES = [{ tint: "--running", fill: "--tint" }, { tint: "--accent" }];

function stageName(name) {
  return {
    scan: t("stage.scan"),
    compare: t("stage.compare"),
    compress: t("stage.compress"),
    encrypt: t("stage.encrypt"),
    store: t("stage.store"),
    decrypt: t("stage.decrypt"),
    unpack: t("stage.unpack"),
    read: t("stage.read"),
    record: t("stage.record"),
    upload: t("stage.upload"),
    fetch: t("stage.fetch"),
    check: t("stage.check"),
    write: t("stage.write"),
    finish: t("stage.finish"),
    work: t("stage.work"),
  }[name] ?? name;
}

/** A bar that is filled by a share, or tells that the share is not known. */
function Bar({ share, label }) {
  const set = (box) => box?.style.setProperty("--share", `${(share ?? 0) * 100}%`);
  const value = share === null ? undefined : Math.round(share * 100);
  return html`<div class="bar ${share === null ? "unknown" : ""}" role="progressbar" aria-label=${label}
    aria-valuemin="0" aria-valuemax="100" aria-valuenow=${value}><i ref=${set}></i></div>`;
}

const share = (done, total) => (total > 0 ? Math.min(1, done / total) : null);

function amount(stage) {
  if (stage.Unit === "") return t("stage.busy", { share: number(stage.Busy * 100) });
  if (stage.Unit === "bytes") return stage.Rate ? `${size(stage.Rate)}/s` : size(stage.Done);
  return stage.Total >= 0 ? `${number(stage.Done)} / ${number(stage.Total)}` : number(stage.Done);
}

/** A gauge of how busy a stage is: the one that is always at it holds up the others. */
function Stage({ stage, slow }) {
  const name = stageName(stage.Name);
  const fill = (box) => box?.style.setProperty("--share", `${stage.Busy * 100}%`);
  return html`<li class=${slow ? "busiest" : ""}>
    <span class="name">${name}</span>
    <div class="bar" role="meter" aria-label=${name} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${Math.round(stage.Busy * 100)}><i ref=${fill}></i></div>
    <div class="numbers">
      <span>${amount(stage)}</span>
      <span>${stage.Queued > 0 && t("live.queued", { n: number(stage.Queued) })}</span>
    </div>
  </li>`;
}

/** Which stage sets the pace. */
function pace(slow) {
  if (!slow) return t("live.no-bottleneck");
  const stage = stageName(slow.Name);
  // Nothing of a transfer may have arrived yet.
  return slow.Unit === "bytes" && !slow.Rate ? t("live.bottleneck-alone", { stage }) : t("live.bottleneck", { stage, amount: amount(slow) });
}

/** The stages of a task as connected gauges, and in words which of them sets the pace. */
function Stages({ stages, bottleneck }) {
  const slow = stages.find((each) => each.Name === bottleneck);
  return html`<div>
    <ol class="stages" aria-label=${t("live.stages")}>
      ${stages.map((stage) => html`<${Stage} key=${stage.Name} stage=${stage} slow=${stage === slow} />`)}
    </ol>
    <p class="small quiet pace">${pace(slow)}</p>
  </div>`;
}

function Throughput() {
  const rows = speeds.value;
  const last = rows.at(-1);
  const label = t("live.speed", { read: size(last?.[1] ?? 0), sent: size(last?.[2] ?? 0) });
  return html`<div>
    <p class="small quiet">${label}</p>
    <${Chart} data=${[0, 1, 2].map((column) => rows.map((row) => row[column]))} lines=${LINES} axis=${(value) => `${size(value)}/s`} steps=${BYTES} label=${label} />
  </div>`;
}

function filesDone(live) {
  const files = count("files", live.FilesDone);
  return live.Operation === "Restore" ? t("live.written", { files, size: size(live.BytesDone) }) : `${files}, ${size(live.BytesDone)}`;
}

/** What a task does while it runs. @param {{live: any}} props its LiveProgress */
export function LiveRun({ live }) {
  const whole = live.StillCounting ? null : share(live.BytesDone, live.BytesTotal);
  const done = whole === null ? t("live.counting") : whole < 1 ? `${number(Math.floor(whole * 100))} %` : t("live.finishing");
  return html`<div class="live across">
    <div class="sum">
      <b>${done}</b>
      <span>${filesDone(live)}</span>
      ${live.SecondsLeft && html`<span>${t("live.left", { range: range(live.SecondsLeft) })}</span>`}
      ${live.Warnings > 0 && html`<span class="state warnings">${count("live.warnings", live.Warnings)}</span>`}
      ${live.Errors > 0 && html`<span class="state failed">${count("live.errors", live.Errors)}</span>`}
    </div>
    <${Bar} share=${whole} label=${t("live.whole")} />
    <${Stages} stages=${live.Stages} bottleneck=${live.Bottleneck} />
    <p class="current small quiet mono" title=${live.Current}>${shortened(live.Current, 72)}</p>
    <${Throughput} />
    ${live.Transfers.length > 0 && html`<ul class="small quiet" aria-label=${t("live.transfers")}>
      ${live.Transfers.map((each) => html`<li key=${each.Name} class="current mono" title=${each.Name}>
        ${each.Upload ? "↑" : "↓"} ${shortened(each.Name, 40)} ${size(each.Done)}${each.Size >= 0 && html` / ${size(each.Size)}`}
      </li>`)}
    </ul>`}
  </div>`;
}

/** What the task that runs now does. What stands around it need not follow its progress. */
export function LiveNow() {
  const live = livingProgress.value;
  return live && html`<${LiveRun} live=${live} />`;
}
