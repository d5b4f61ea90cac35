import { inWords } from "./actions.mjs";
import { connection, unread } from "./state.mjs";
import { useEffect, useState } from "./view.mjs";

const GIVEN_UP = "AbortError";

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

/**
 * What `read` gives, for a place that tells itself what could not be read: `found` is null until it is there,
 * `error` tells why it is not.
 * @param {(signal: AbortSignal) => Promise<any>} read @param {unknown[]} turns asked again when one changes
 * @returns {{found: any, error: any, waits: boolean, again: () => void}}
 */
export function useAsked(read, turns) {
  const [state, keep] = useState({ found: null, error: /** @type {any} */ (null), waits: true });
  const [turn, next] = useState(0);
  useEffect(() => {
    const control = new AbortController();
    keep((before) => ({ ...before, waits: true }));
    // An address can ask for what cannot even be asked.
    (async () => read(control.signal))().then(
      (found) => control.signal.aborted || keep({ found, error: null, waits: false }),
      (error) => control.signal.aborted || error.name === GIVEN_UP || keep({ found: null, error, waits: false }),
    );
    return () => control.abort();
  }, [...turns, turn]);
  const up = connection.value === "up";
  useEffect(() => {
    if (up && state.error instanceof TypeError) next(turn + 1);
  }, [up]);
  return { ...state, again: () => next(turn + 1) };
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
