// A small set of our own: 20 px, stroke 1.5. They say nothing alone, so a word stands beside each.

import { html } from "./view.mjs";

const PATHS = {
  home: "M3.5 9 10 3.5 16.5 9v7.5h-4.5V12h-4v4.5H3.5z",
  restore: "M4 10a6 6 0 1 0 2-4.5M3.5 3v3.5H7M10 7v3.2l2.2 1.3",
  activity: "M2.5 10.5h3.5l2.5-6 3.5 11 2.5-5h3",
  proof: "M10 2.5l6 2.5v4.5c0 4-2.5 6.5-6 8-3.5-1.5-6-4-6-8V5zM7 10l2.2 2.2L13 8",
  settings: "M3 6h7m4 0h3M3 14h3m4 0h7M12 4a2 2 0 1 1 0 4 2 2 0 0 1 0-4zM8 12a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  add: "M10 4v12M4 10h12",
  ok: "M4.5 10.5 8.5 14.5 15.5 6",
  running: "M10 3.5a6.5 6.5 0 1 1-6.5 6.5",
  late: "M10 5.5V10l3 2M10 3a7 7 0 1 1 0 14 7 7 0 0 1 0-14z",
  failed: "M5.5 5.5l9 9m0-9-9 9",
  warnings: "M10 3.5 17.5 16.5h-15zM10 8.5v3.5m0 2v.2",
  never: "M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13z",
  paused: "M7 5v10m6-10v10",
  waiting: "M6 3.5h8M6 16.5h8M6.5 3.5c0 4 3.5 4 3.5 6.5s-3.5 2.5-3.5 6.5m7-13c0 4-3.5 4-3.5 6.5s3.5 2.5 3.5 6.5",
  run: "M6.5 4.5v11l9-5.5z",
  stop: "M5.5 5.5h9v9h-9z",
  folder: "M2.5 5.5h5l1.5 2h8.5v8.5h-15z",
  file: "M5 2.5h6.5l3.5 3.5v11.5h-10zM11.5 2.5v3.5h3.5",
  link: "M8.5 11.5l3-3M9.5 6.5l1.8-1.8a2.8 2.8 0 0 1 4 4L13.5 10.5M10.5 13.5l-1.8 1.8a2.8 2.8 0 0 1-4-4L6.5 9.5",
  up: "M5.5 12 10 7.5l4.5 4.5",
  down: "M5.5 8 10 12.5 14.5 8",
};

/** @param {{name: keyof typeof PATHS}} props */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;
}
