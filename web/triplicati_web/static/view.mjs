// What every component is made with.

import { h, render } from "./vendor/preact.mjs";
import htm from "./vendor/htm.mjs";
// Makes components follow the signals that they read.
import "./vendor/signals.mjs";

export { useEffect, useRef, useState } from "./vendor/hooks.mjs";
export const html = htm.bind(h);
export { render };
