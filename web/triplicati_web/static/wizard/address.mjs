// The address of a destination taken apart for a form, and put together again.

/**
 * `query` keeps its order and what no form knows; for `file` the path is as the system writes it.
 * @typedef {{scheme: string, user: string, password: string, host: string, port: string, path: string, query: [string, string][]}} Address
 */

const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):\/\/(.*)$/s;

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// But for local paths a plus stands for a blank, wherever it is.
const spaced = (text) => decoded(text.replaceAll("+", " "));

/** @returns {[string, string][]} */
function pairs(text) {
  if (!text) return [];
  return text.split("&").map((part) => {
    const [name, ...rest] = part.split("=");
    return [spaced(name), spaced(rest.join("="))];
  });
}

function splitAt(text, mark) {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + mark.length)];
}

/** @param {string} text @returns {Address} */
export function taken(text) {
  const found = SCHEME.exec(text);
  const nothing = { user: "", password: "", host: "", port: "" };
  if (!found || found[1].toLowerCase() === "file") {
    const whole = found ? found[2] : text;
    const asked = found ? whole.includes("?") : /\?[A-Za-z0-9-]+=/.test(whole);
    const [path, query] = asked ? splitAt(whole, "?") : [whole, ""];
    return { ...nothing, scheme: "file", path: found ? decoded(path) : path, query: pairs(query) };
  }
  const [before, query] = splitAt(found[2], "?");
  const [authority, path] = splitAt(before, "/");
  const at = authority.lastIndexOf("@");
  const [user, password] = at < 0 ? ["", ""] : splitAt(authority.slice(0, at), ":");
  const location = authority.slice(at + 1);
  const [, host, port] = /** @type {RegExpExecArray} */ (/^(.*?)(?::(\d+))?$/s.exec(location));
  return { scheme: found[1].toLowerCase(), user: spaced(user), password: spaced(password), host: spaced(host), port: port ?? "", path: spaced(path), query: pairs(query) };
}

// Stars stand for a secret that the server knows.
const escaped = (text, marks) => text.replace(marks, (mark) => encodeURIComponent(mark));
const inPath = (text) => escaped(text, /[%?#]/g);
/** A folder can stand where others have their host; the colons of an IPv6 address are in brackets. */
const inHost = (text) => escaped(text, text.startsWith("[") ? /[%?#+/@]/g : /[%?#+/@:]/g);

/** @param {Address} address @returns {string} "" while there is nothing in it */
export function written({ scheme, user, password, host, port, path, query }) {
  const asked = query.filter(([, value]) => value !== "").map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const behind = asked.length ? `?${asked.join("&")}` : "";
  if (scheme === "file") return path ? `file://${inPath(path)}${behind}` : "";
  const who = user || password ? `${encodeURIComponent(user)}${password ? `:${encodeURIComponent(password)}` : ""}@` : "";
  return `${scheme}://${who}${inHost(host)}${port && `:${port}`}${path && `/${escaped(path, /[%?#+]/g)}`}${behind}`;
}

/** The address without its secrets, short enough to be read. @param {string} text */
export function plainly(text) {
  const { scheme, host, port, path } = taken(text);
  if (scheme === "file") return path;
  return `${scheme}://${host}${port && `:${port}`}${path && `/${path}`}`;
}

/** Host and path as one, for kinds whose host is the first of their folders. @param {Address} address */
export const folderOf = ({ host, path }) => [host, path].filter(Boolean).join("/");

/** @param {Address} address @param {string} folder @returns {Address} */
export function withFolder(address, folder) {
  const [host, path] = splitAt(folder.replace(/^\/+/, ""), "/");
  return { ...address, host, path };
}

/** @param {Address} address @param {string} name */
export const asked = (address, name) => address.query.find(([each]) => each === name)?.[1] ?? "";

/** @param {Address} address @param {string} name @param {string} value @returns {Address} */
export function withAsked(address, name, value) {
  const known = address.query.some(([each]) => each === name);
  const query = known ? address.query.map((each) => (each[0] === name ? [name, value] : each)) : [...address.query, [name, value]];
  return { ...address, query: /** @type {[string, string][]} */ (query) };
}

/** The name that an option goes by in the address: its own, or an older one. @param {Address} address @param {any} option */
export const nameIn = (address, { Name, Aliases }) => (Aliases ?? []).find((each) => asked(address, each)) ?? Name;
