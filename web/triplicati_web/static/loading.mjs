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
