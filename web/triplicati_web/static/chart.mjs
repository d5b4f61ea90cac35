// A line chart. The library is loaded when the first one is shown.

import { axisTimes } from "./format.mjs";
import { html, useEffect, useRef, useState } from "./view.mjs";

/** Steps of an axis of bytes, and of one of seconds. */
export const BYTES = Array.from({ length: 50 }, (_, power) => 2 ** power);
export const SECONDS = [1, 2, 5, 15, 30, 60, 120, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];

/** @type {Promise<any> | null} */
let loading = null;

function loaded() {
  loading ??= new Promise((resolve) => {
    const sheet = document.createElement("link");
    sheet.rel = "stylesheet";
    sheet.href = "vendor/uplot.css";
    sheet.onload = resolve;
    document.head.append(sheet);
  }).then(() => import("./vendor/uplot.mjs")).then((found) => found.default);
  return loading;
}

/** The canvas knows no variables of the style sheet. */
function colour(box, name) {
  box.style.setProperty("color", `var(${name})`);
  const found = getComputedStyle(box).color;
  box.style.removeProperty("color");
  return found;
}

const dark = () => matchMedia("(prefers-color-scheme: dark)");

/** Changes with the colours of the page, which the canvas does not follow by itself. */
function useTheme() {
  const look = () => `${document.documentElement.dataset.theme ?? ""} ${dark().matches}`;
  const [theme, keep] = useState(look);
  useEffect(() => {
    const changed = () => keep(look());
    const watch = new MutationObserver(changed);
    const system = dark();
    watch.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    system.addEventListener("change", changed);
    return () => {
      watch.disconnect();
      system.removeEventListener("change", changed);
    };
  }, []);
  return theme;
}

function options(box, lines, { axis, steps, times }) {
  const [line, quiet] = [colour(box, "--line"), colour(box, "--quiet")];
  const font = `12px ${getComputedStyle(box).fontFamily}`;
  const shared = { stroke: quiet, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  return {
    width: box.clientWidth,
    height: box.clientHeight,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: times }, y: { range: (_chart, _low, high) => [0, Math.max(high, 1) * 1.1] } },
    axes: [
      { ...shared, show: times, size: 28, values: (_, ticks) => axisTimes(ticks), space: 90 },
      { ...shared, size: 76, space: 32, incrs: steps, values: (_, ticks) => ticks.map(axis) },
    ],
    series: [
      {},
      ...lines.map(({ tint, fill }) => ({
        stroke: colour(box, tint), width: 1.5, fill: fill && colour(box, fill), points: { show: times, size: 5 },
      })),
    ],
  };
}

/**
 * @param {{
 *   data: number[][], lines: {tint: string, fill?: string}[], axis: (value: number) => string,
 *   steps: number[], times?: boolean, label: string, tall?: boolean,
 * }} props `data` are the times in seconds, then the values of each line; `steps` may lie between two labels
 */
export function Chart({ data, lines, axis, steps, times = false, label, tall }) {
  const box = useRef(null);
  const plot = useRef(null);
  const newest = useRef(data);
  newest.current = data;
  const themed = useTheme();
  useEffect(() => {
    let gone = false;
    const element = box.current;
    const watch = new ResizeObserver(() => {
      plot.current?.setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    loaded().then((Plot) => {
      if (gone) return;
      plot.current = new Plot(options(element, lines, { axis, steps, times }), newest.current, element);
      watch.observe(element);
    });
    return () => {
      gone = true;
      watch.disconnect();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [themed]);
  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);
  return html`<div class="chart ${tall ? "tall" : ""}" role="img" aria-label=${label} ref=${box}></div>`;
}
