// What every component is made with.

import { h, render } from "./vendor/preact.mjs";
import { useRef } from "./vendor/hooks.mjs";
import htm from "./vendor/htm.mjs";
// Makes components follow the signals that they read.
import "./vendor/signals.mjs";

export { useEffect, useErrorBoundary, useRef, useState } from "./vendor/hooks.mjs";
export const html = htm.bind(h);
export { render };

/**
 * Work that is not begun again while it is being done: a second click starts nothing twice.
 * @template {any[]} A
 * @param {(...args: A) => Promise<any>} work @returns {(...args: A) => Promise<any>}
 */
export function useOnce(work) {
  const busy = useRef(false);
  return async (...args) => {
    if (busy.current) return undefined;
    busy.current = true;
    try {
      return await work(...args);
    } finally {
      busy.current = false;
    }
  };
}
