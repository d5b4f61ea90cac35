// Paths of the machine that is backed up, of any system; that of a folder ends with its separator.

/** @param {string} path */
export const separatorOf = (path) => (path.startsWith("/") || !path.includes("\\") ? "/" : "\\");
/** @param {string} path */
export const isFolder = (path) => /[/\\]$/.test(path);

/** Its name without what is above it. @param {string} path */
export function nameOf(path) {
  const separator = separatorOf(path);
  return path.split(separator).filter(Boolean).at(-1) ?? path;
}

/** The folder that a path lies in, "" for none. @param {string} path */
export function parentOf(path) {
  const separator = separatorOf(path);
  const bare = path.endsWith(separator) ? path.slice(0, -1) : path;
  return bare.slice(0, bare.lastIndexOf(separator) + 1);
}

/** Without separators at its end. @param {string} path */
export const bare = (path) => path.replace(/[/\\]+$/, "");
