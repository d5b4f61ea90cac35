import { inWords } from "./actions.mjs";
import { unread } from "./state.mjs";
import { useEffect, useState } from "./view.mjs";

/**
 * What `read` gives, null until it is there; read again when one of `turns` changes. What could not be read is told
 * above the place, and read again when the server is back.
 * @param {() => Promise<any>} read @param {unknown[]} turns
 */
export function useLoaded(read, turns) {
  const [found, keep] = useState(null);
  const [turn, next] = useState(0);
  useEffect(() => {
    let wanted = true;
    const lack = { text: "", again: () => next((before) => before + 1) };
    const get = async () => {
      try {
        const value = await read();
        // Another one may have been asked for meanwhile.
        if (wanted) keep(value ?? true);
      } catch (error) {
        if (wanted) unread.value = [...unread.value, { ...lack, text: inWords(error) }];
      }
    };
    get();
    return () => {
      wanted = false;
      unread.value = unread.value.filter((each) => each.again !== lack.again);
    };
  }, [...turns, turn]);
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
    link.onload = () => done();
    link.onerror = () => {
      link.remove();
      delete sheets[address];
      done();
    };
    document.head.append(link);
  });
  return sheets[address];
}
