// One task, while it waits and runs and when it has ended.

import { useAsked } from "../loading.mjs";
import { tasks } from "../state.mjs";
import { readTask } from "./asks.mjs";

/**
 * @param {number} number
 * @returns {{state: "waiting" | "running" | "ended" | "gone" | "", parsed: string, error: string}} "" while nothing is known
 */
export function useTask(number) {
  const line = tasks.value.find((each) => each.Id === number);
  // What has ended is not in the list any more, and a short one may never have been seen there.
  const { found, error } = useAsked(() => (line ? Promise.resolve(null) : readTask(number)), [number, tasks.value]);
  if (line) return { state: line.State, parsed: "", error: "" };
  if (error) return { state: error.status === 404 ? "gone" : "", parsed: "", error: "" };
  if (!found) return { state: "", parsed: "", error: "" };
  const ended = ["Completed", "Failed"].includes(found.Status);
  return { state: ended ? "ended" : found.Status.toLowerCase(), parsed: found.Parsed, error: found.ErrorMessage ?? "" };
}
