// Questions that follow what is typed: asked a moment later, and given up for the next one.

import { inWords } from "../actions.mjs";
import { connection } from "../state.mjs";
import { useEffect, useState } from "../view.mjs";

const PATIENCE = 300;

/**
 * The last answer stays until the next one is there. `bad` is why there is none, `id` what kind of error that is.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} ask @param {unknown} wanted asked again when its JSON is another one
 * @returns {{found: T | null, bad: string, id: string, asking: boolean}}
 */
export function useAnswer(ask, wanted) {
  const [state, keep] = useState({ found: null, bad: "", id: "", asking: true });
  const [turn, next] = useState(0);
  const key = JSON.stringify(wanted);
  useEffect(() => {
    const control = new AbortController();
    keep((before) => ({ ...before, asking: true }));
    const timer = setTimeout(async () => {
      try {
        const found = await ask(control.signal);
        if (!control.signal.aborted) keep({ found, bad: "", id: "", asking: false });
      } catch (error) {
        if (!control.signal.aborted) keep({ found: null, bad: inWords(error), id: error.code ?? "", asking: false });
      }
    }, PATIENCE);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [key, turn]);
  const up = connection.value === "up";
  useEffect(() => {
    // Nobody would type anew what was not answered while the server was away.
    if (up && state.bad) next(turn + 1);
  }, [up]);
  return state;
}
