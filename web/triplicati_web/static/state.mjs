// What the page knows of the server, as signals: whatever reads one follows it.

import { batch, computed, signal } from "./vendor/signals-core.mjs";

const SHOWN_SECONDS = 60;

export const connection = signal(/** @type {"connecting" | "up" | "down"} */ ("connecting"));
/** The ServerLine, null until it is known. */
export const server = signal(null);
/** TaskLines: what runs, waits, and has ended. */
export const tasks = signal([]);
/** The LiveProgress of the task that runs, or ran last. */
export const progress = signal(null);
/** BackupLines, null until they are known. */
export const backups = signal(null);
/** Planned lines, by due time. */
export const schedule = signal([]);
export const notifications = signal([]);
/** Rises when a setting has changed. */
export const settingsTurn = signal(0);
/** Rises when a run has begun or ended, or the scheduler has decided something. */
export const runsTurn = signal(0);
/** How each backup ended on the last 30 days, oldest first, by its id. */
export const runDays = signal(/** @type {Record<string, {Day: string, State: string}[]>} */ ({}));
/** What of each backup was read back, by its id. */
export const proofs = signal(/** @type {Record<string, {Bytes: number, CheckedBytes: number, Damaged: number}>} */ ({}));
/** Since when a backup is overdue, by its id. */
export const overdue = signal(/** @type {Record<string, Date>} */ ({}));
/** Bytes in a second of the task that runs, one each for reading and sending: [seconds, read, sent]. */
export const speeds = signal(/** @type {[number, number, number][]} */ ([]));
/** What the page last did, or why it could not: {text, bad}. */
export const told = signal(/** @type {{text: string, bad: boolean} | null} */ (null));
/** What the open place could not read: {text, again} each. */
export const unread = signal(/** @type {{text: string, again: () => void}[]} */ ([]));
/** Asked before another place is opened: what tells true keeps this one. */
export const keeper = { stays: /** @type {((hash: string) => boolean) | null} */ (null) };
/** The part of the address after the `#`, in pieces. */
export const place = signal(/** @type {string[]} */ ([]));

export const runningTask = computed(() => tasks.value.find((each) => each.State === "running") ?? null);
export const waitingTasks = computed(() => tasks.value.filter((each) => each.State === "waiting"));
export const livingProgress = computed(() => {
  const task = runningTask.value;
  return task && progress.value?.TaskId === task.Id ? progress.value : null;
});
/** The backup whose task runs, "" for none; unlike its progress this seldom changes. */
export const liveBackup = computed(() => livingProgress.value?.BackupId ?? "");
/** The task that is being stopped, 0 for none. */
export const stoppingTask = computed(() => (livingProgress.value?.State === "stopping" ? livingProgress.value.TaskId : 0));

const TOPICS = { server, tasks, progress, backups, schedule, notifications };
let measured = 0;

function take(topic, value) {
  if (topic in TOPICS) TOPICS[topic].value = value;
  if (topic === "settings") settingsTurn.value += 1;
  if (topic === "progress" && value) measure(value);
  if (["run-started", "run-ended", "decision"].includes(topic)) runsTurn.value += 1;
}

function measure(live) {
  const now = Date.now() / 1000;
  const before = live.TaskId === measured ? speeds.value : [];
  measured = live.TaskId;
  speeds.value = [...before.filter(([time]) => time > now - SHOWN_SECONDS), [now, live.Rate, live.SendRate]];
}

/** Takes a frame of the event stream. */
export function hear(frame) {
  batch(() => {
    if (frame.Topic === "snapshot") {
      for (const [topic, value] of Object.entries(frame.Data)) take(topic, value);
      runsTurn.value += 1;
    } else {
      take(frame.Topic, frame.Data);
    }
  });
}

/** @param {boolean} up */
export function connected(up) {
  connection.value = up ? "up" : "down";
}
