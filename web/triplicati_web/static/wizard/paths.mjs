// Paths of the server's machine, only for showing them; what they mean is the engine's.

/** Whether an expanded path is none of this machine: another machine's, or one with a name that is not known. @param {string} path */
export const isUnusual = (path) => !/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path);

/** A path with the folder that its name at the start stands for. @param {string} path @param {{ID: string, Path: string}[]} folders */
export function expanded(path, folders) {
  const folder = folders.find((each) => path.toUpperCase().startsWith(each.ID.toUpperCase()));
  if (!folder) return path;
  const rest = path.slice(folder.ID.length).replace(/^[\\/]/, "");
  return closed(folder.Path) + rest;
}

/** A folder's path ends with its separator. @param {string} path */
export function closed(path) {
  if (/[\\/]$/.test(path)) return path;
  return path + (/^([A-Za-z]:\\|\\\\)/.test(path) ? "\\" : "/");
}

/** Whether `path` lies in `folder` or is it. @param {string} path @param {string} folder */
export const within = (path, folder) => closed(path).startsWith(closed(folder));

/** Whether both are the same place. @param {string} one @param {string} other */
export const same = (one, other) => closed(one) === closed(other);
