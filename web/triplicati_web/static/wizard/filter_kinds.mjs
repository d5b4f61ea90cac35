// How a filter is written, and what kind of rule that is for people.

/** @typedef {"path" | "folder" | "file" | "extension" | "contains" | "group" | "regex" | "pattern"} Kind */

const WRITE = {
  path: (value) => (/[*?]/.test(value) || !/^([\\/]|[A-Za-z]:)/.test(value) ? `@${value}` : value),
  folder: (value) => `*/${value}/`,
  file: (value) => `*/${value}`,
  extension: (value) => `*.${value}`,
  contains: (value) => `*${value}*`,
  group: (value) => `{${value}}`,
  regex: (value) => `[${value}]`,
  pattern: (value) => value,
};
const READ = /** @type {[Kind, RegExp][]} */ ([
  ["group", /^\{(.+)\}$/s],
  ["regex", /^\[(.+)\]$/s],
  ["path", /^@(.+)$/s],
  ["path", /^((?:[\\/]|[A-Za-z]:)[^*?]*)$/s],
  ["folder", /^\*\/([^/]*)\/$/s],
  ["file", /^\*\/([^/]+)$/s],
  ["extension", /^\*\.([^/*?.]+)$/s],
  ["contains", /^\*([^*?/]+)\*$/s],
]);

export const KINDS = /** @type {Kind[]} */ (["folder", "file", "extension", "contains", "path", "group", "regex", "pattern"]);

/** @param {Kind} kind @param {string} value @returns {string} the expression */
export const written = (kind, value) => WRITE[kind](value);

/** Only a kind that writes it the very same; a pattern is any. @param {string} expression @returns {{kind: Kind, value: string}} */
export function parsed(expression) {
  for (const [kind, form] of READ) {
    const value = form.exec(expression)?.[1];
    if (value !== undefined && written(kind, value) === expression) return { kind, value };
  }
  return { kind: "pattern", value: expression };
}

/** In the order in which they count. @param {import("./draft.mjs").Filter[]} filters */
export const ordered = (filters) => [...filters].sort((one, other) => one.Order - other.Order);

/** Numbered as they stand. @param {Omit<import("./draft.mjs").Filter, "Order">[]} filters */
export const numbered = (filters) => filters.map((each, Order) => ({ ...each, Order }));

/** As the API takes them for trying them out. @param {import("./draft.mjs").Filter[]} filters */
export const signed = (filters) => ordered(filters).filter((each) => each.Expression.trim()).map((each) => `${each.Include ? "+" : "-"}${each.Expression}`);
