// The versions of a backup by what they have of one file: pure.

/** @typedef {{state: "first" | "changed" | "touched" | "back" | "absent", row: any, versions: any[]}} Part */

const same = (one, other) => one.Size === other.Size && one.LastModified === other.LastModified;

function stateOf(row, earlier, gap) {
  if (!row) return "absent";
  if (!earlier) return "first";
  if (gap) return "back";
  return earlier.Size === row.Size ? "touched" : "changed";
}

/**
 * Newest first, each as long as nothing changed. What lies before the file first was there is left out.
 * @param {any[]} versions of the backup, newest first @param {any[]} rows of the file in them
 * @returns {Part[]}
 */
export function lane(versions, rows) {
  const byNumber = new Map(rows.map((row) => [row.Version, row]));
  /** @type {Part[]} */
  const parts = [];
  let earlier = null;
  for (const version of [...versions].reverse()) {
    const row = byNumber.get(version.Version) ?? null;
    const last = parts.at(-1);
    if (!row && !last) continue;
    if (last && (row ? last.row && same(last.row, row) : !last.row)) {
      last.versions.unshift(version);
    } else {
      parts.push({ state: stateOf(row, earlier, last && !last.row), row, versions: [version] });
    }
    earlier = row ?? earlier;
  }
  return parts.reverse();
}
