// Of a long list only the rows that are to be seen.

import { useEffect, useState } from "./view.mjs";

const SPARE = 12;

/**
 * @param {{current: any}} box the element that scrolls @param {number} count @param {number} height of a row, in pixels
 * @returns {{from: number, to: number, rest: (element: any) => void, seen: () => void}} `rest` sets the room of
 *   the rows that are not there; `seen` is called when it scrolls
 */
export function useVirtual(box, count, height) {
  const [view, keep] = useState({ top: 0, tall: 480 });
  const seen = () => {
    if (!box.current) return;
    const { scrollTop, clientHeight } = box.current;
    const top = Math.floor(scrollTop / height);
    if (top !== view.top || clientHeight !== view.tall) keep({ top, tall: clientHeight });
  };
  useEffect(() => {
    const watch = new ResizeObserver(seen);
    watch.observe(box.current);
    return () => watch.disconnect();
  });
  const from = Math.max(0, Math.min(view.top, count - 1) - SPARE);
  const to = Math.min(count, view.top + Math.ceil(view.tall / height) + SPARE);
  const rest = (element) => {
    element?.style.setProperty("--above", `${from * height}px`);
    element?.style.setProperty("--all", `${count * height}px`);
  };
  return { from, to, rest, seen };
}

/** Brings a row into the part that is seen. @param {any} box @param {number} at @param {number} height */
export function bringIntoView(box, at, height) {
  const top = at * height;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
}
