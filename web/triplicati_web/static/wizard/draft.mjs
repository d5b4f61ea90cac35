// The backup that is being made or changed, as the API takes it, and how the steps read and change it.

/**
 * @typedef {{Name: string, Value: string | null, Filter?: string, Argument?: string | null}} Setting
 * @typedef {{Order: number, Include: boolean, Expression: string}} Filter
 * @typedef {{ID?: string | null, Name: string, Description?: string, Tags: string[], TargetURL: string, ConnectionStringID?: number, Sources: string[], Settings: Setting[], Filters: Filter[], AdditionalTargetURLs?: import("./further_words.mjs").Target[], Metadata?: Record<string, string>}} BackupForm
 * @typedef {{Repeat: string, Time: string, AllowedDays: string[], Tags?: string[], Rule?: string}} ScheduleForm
 * @typedef {{Backup: BackupForm, Schedule: ScheduleForm | null}} Draft
 * @typedef {(next: (draft: Draft) => Draft) => void} Change
 */

/** The name of an option without the dashes that it may be written with. @param {string} name */
export const bare = (name) => name.replace(/^--/, "");

/** The setting of that name; one written with dashes wins, as it does for the server. */
function find(draft, name) {
  const alike = draft.Backup.Settings.filter((each) => bare(each.Name) === bare(name));
  return alike.find((each) => each.Name.startsWith("--")) ?? alike[0];
}

/** The value of an option, null where the backup does not say it. @param {Draft} draft @param {string} name */
export function setting(draft, name) {
  return find(draft, name)?.Value ?? null;
}

/** With members of the backup as they shall be. @param {Draft} draft @param {Partial<BackupForm>} members @returns {Draft} */
export function withBackup(draft, members) {
  return { ...draft, Backup: { ...draft.Backup, ...members } };
}

/**
 * With the option said so, or without it for null; it stays where it stands, as it is written.
 * @param {Draft} draft @param {string} name @param {string | null} value @returns {Draft}
 */
export function withSetting(draft, name, value) {
  const { Settings } = draft.Backup;
  const before = find(draft, name);
  if (value === null) return withBackup(draft, { Settings: Settings.filter((each) => bare(each.Name) !== bare(name)) });
  if (!before) return withBackup(draft, { Settings: [...Settings, { Name: name, Value: value }] });
  return withBackup(draft, { Settings: Settings.map((each) => (each === before ? { ...each, Value: value } : each)) });
}

/** @param {Draft} draft @param {ScheduleForm | null} schedule @returns {Draft} */
export function withSchedule(draft, schedule) {
  return { ...draft, Schedule: schedule };
}
