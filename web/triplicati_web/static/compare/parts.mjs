// What a part of a comparison is, in words and by its kind of change.

import { size } from "../format.mjs";
import { nameOf as lastOf, separatorOf } from "../paths.mjs";
import { count, t } from "../words.mjs";

const weigh = (part) => part.AddedBytes + part.ModifiedBytes + part.DeletedBytes;

/** What it weighs in the picture: bytes, and a little for what has none. @param {any[]} parts */
export function weights(parts) {
  const whole = parts.reduce((all, each) => all + weigh(each), 0);
  // What only came or went empty is still to be seen.
  const least = whole > 0 ? whole / 400 : 1;
  return parts.map((each) => Math.max(weigh(each), least));
}

/** By most of its bytes, else by most of its files. @returns {"added" | "modified" | "deleted" | "others"} */
export function kindOf(part) {
  const bytes = [part.AddedBytes, part.ModifiedBytes, part.DeletedBytes];
  const files = [part.Added, part.Modified, part.Deleted];
  const by = weigh(part) > 0 ? bytes : files;
  const most = Math.max(...by);
  return most > 0 ? /** @type {const} */ (["added", "modified", "deleted"])[by.indexOf(most)] : "others";
}

/** "12 files came, 3 changed"; only what there was. */
export function tally(part) {
  const found = [];
  if (part.Added) found.push(count("compare.came", part.Added));
  if (part.Modified) found.push(count("compare.changed", part.Modified));
  if (part.Deleted) found.push(count("compare.went", part.Deleted));
  if (found.length === 0) return part.Others ? count("compare.others", part.Others) : t("compare.nothing");
  return found.join(", ");
}

/** Grown, shrunk, or the same. @param {number} bytes */
export function grown(bytes) {
  if (bytes === 0) return t("compare.same-size");
  return bytes > 0 ? t("compare.grew", { size: size(bytes) }) : t("compare.shrank", { size: size(-bytes) });
}

/** With a sign. @param {number} bytes */
export const signedSize = (bytes) => (bytes === 0 ? size(0) : `${bytes > 0 ? "+" : "−"}${size(Math.abs(bytes))}`);

/** @param {{Path: string, Parts: number}} part */
export function nameOf(part) {
  if (!part.Path) return count("compare.rest", part.Parts);
  return lastOf(part.Path);
}

/** The folders above a folder and itself, as [path, name], the outermost first. @param {string} folder */
export function wayTo(folder) {
  const mark = separatorOf(folder);
  const names = folder.split(mark).filter(Boolean);
  const begin = folder.startsWith(mark) ? mark : "";
  return names.map((name, index) => [`${begin}${names.slice(0, index + 1).join(mark)}${mark}`, name]);
}
