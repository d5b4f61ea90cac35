// Which files and folders of a version are to be restored: pure but for the signal that keeps it.

import { signal } from "../vendor/signals-core.mjs";
import { isFolder } from "../paths.mjs";
import { readWholeFolder } from "./asks.mjs";

/** Of one version at a time. A folder, which ends with its separator, stands for all that is in it. */
export const chosen = signal({ id: "", seconds: 0, paths: /** @type {string[]} */ ([]) });
/** The restore that was started here: {task, folder}. */
export const started = signal(/** @type {{task: number, folder: string} | null} */ (null));

/** The paths chosen of this version. */
export function chosenOf(id, seconds) {
  const { value } = chosen;
  return value.id === id && value.seconds === seconds ? value.paths : [];
}

/** @param {string[]} paths */
export function choose(id, seconds, paths) {
  chosen.value = { id, seconds, paths };
}

const covers = (folder, path) => folder === path || (isFolder(folder) && path.startsWith(folder));

/** @param {string[]} paths @param {string} path @returns {"all" | "some" | "none"} */
export function shareOf(paths, path) {
  if (paths.some((each) => covers(each, path))) return "all";
  return isFolder(path) && paths.some((each) => each.startsWith(path)) ? "some" : "none";
}

/** Takes a path in or out, with all that is in it. */
export async function toggle(id, seconds, path) {
  const paths = chosenOf(id, seconds);
  if (shareOf(paths, path) !== "all") {
    choose(id, seconds, [...paths.filter((each) => !covers(path, each)), path]);
    return;
  }
  let left = paths.filter((each) => each !== path);
  for (let above = left.find((each) => covers(each, path)); above; above = left.find((each) => covers(each, path))) {
    // What is beside it stays, so it is named now instead of the folder above.
    const folder = above;
    const inside = (await readWholeFolder(id, seconds, folder)).map((each) => each.Path);
    left = [...left.filter((each) => each !== folder), ...inside.filter((each) => each !== path)];
  }
  choose(id, seconds, left);
}
