import { attempt } from "./actions.mjs";
import { useEffect, useState } from "./view.mjs";

/**
 * What `read` gives, null until it is there; read again when one of `turns` changes.
 * @param {() => Promise<any>} read @param {unknown[]} turns
 */
export function useLoaded(read, turns) {
  const [found, keep] = useState(null);
  useEffect(() => {
    let wanted = true;
    attempt(read).then((value) => {
      // Another one may have been asked for meanwhile.
      if (wanted && value !== null) keep(value);
    });
    return () => {
      wanted = false;
    };
  }, turns);
  return found;
}

/** @type {Record<string, Promise<void>>} */
const sheets = {};

/** Waits until a style sheet of the page is in use; it is loaded once. @param {string} address */
export function sheet(address) {
  sheets[address] ??= new Promise((done) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    // A place without its looks is better than no place.
    link.onload = link.onerror = () => done();
    document.head.append(link);
  });
  return sheets[address];
}
