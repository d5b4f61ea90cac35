// The destination that a restore without a job begins with. Kept for who comes back after a wrong passphrase, and
// for who comes from a backup in the making; without any secret that is not in the address itself.

import { signal } from "../vendor/signals-core.mjs";

export const address = signal("");
export const prefix = signal("");
