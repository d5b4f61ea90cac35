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

/** @returns {[string, string][]} */
function pairs(text) {
  if (!text) return [];
  return text.split("&").map((part) => {
    const [name, ...rest] = part.split("=");
    return [decoded(name.replaceAll("+", " ")), decoded(rest.join("=").replaceAll("+", " "))];
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
  return { scheme: found[1].toLowerCase(), user: decoded(user), password: decoded(password), host: decoded(host), port: port ?? "", path: decoded(path), query: pairs(query) };
}

// Stars stand for a secret that the server knows.
const inPath = (text) => text.replace(/[%?#]/g, (mark) => encodeURIComponent(mark));

/** @param {Address} address @returns {string} "" while there is nothing in it */
export function written({ scheme, user, password, host, port, path, query }) {
  const asked = query.filter(([, value]) => value !== "").map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const behind = asked.length ? `?${asked.join("&")}` : "";
  if (scheme === "file") return path ? `file://${inPath(path)}${behind}` : "";
  const who = user || password ? `${encodeURIComponent(user)}${password ? `:${encodeURIComponent(password)}` : ""}@` : "";
  return `${scheme}://${who}${host}${port && `:${port}`}${path && `/${inPath(path)}`}${behind}`;
}

/** @param {Address} address @param {string} name */
export const asked = (address, name) => address.query.find(([each]) => each === name)?.[1] ?? "";

/** @param {Address} address @param {string} name @param {string} value @returns {Address} */
export function withAsked(address, name, value) {
  const known = address.query.some(([each]) => each === name);
  const query = known ? address.query.map((each) => (each[0] === name ? [name, value] : each)) : [...address.query, [name, value]];
  return { ...address, query: /** @type {[string, string][]} */ (query) };
}
