// Requests to the server, with an access token that is renewed when it has run out.

import { accessToken, reason } from "./session.js";

const RENEWAL = "triplicati-renewal";

/** What the server answered when it did not do what was asked. */
export class Refused extends Error {
  /** @param {string} text @param {number} status @param {string} [code] stable, of answers below v2 */
  constructor(text, status, code = "") {
    super(text);
    this.status = status;
    this.code = code;
  }
}

/** @type {string | null} */
let token = null;
/** @type {Promise<string> | null} */
let renewing = null;

/** Two tabs must not renew at once: what one of them gets makes that of the other worthless. */
function alone(work) {
  return navigator.locks ? navigator.locks.request(RENEWAL, work) : work();
}

async function renewed() {
  token = await alone(accessToken);
  if (token === null) {
    location.replace("./login.html");
    // Nothing that waits for the answer goes on while the page is left.
    await new Promise(() => {});
  }
  return /** @type {string} */ (token);
}

/** A new access token; rejected where the server does not answer. @returns {Promise<string>} */
export function renew() {
  renewing ??= renewed().finally(() => {
    renewing = null;
  });
  return renewing;
}

/** @returns {Promise<string>} */
export async function currentToken() {
  return token ?? renew();
}

/** Nobody is signed in any more. */
export function dropToken() {
  token = null;
}

function sent(method, path, body, bearer, signal) {
  /** @type {Record<string, string>} */
  const headers = { Authorization: `Bearer ${bearer}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return fetch(`./api/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
}

/**
 * The JSON of an answer, null for an empty one. Throws `Refused`, and a TypeError where nothing answers.
 * @param {string} method @param {string} path below `api/` @param {unknown} [body]
 * @param {AbortSignal} [signal] gives the question up, which throws an `AbortError`
 * @returns {Promise<any>}
 */
export async function ask(method, path, body, signal) {
  let answer = await sent(method, path, body, await currentToken(), signal);
  if (answer.status === 401) answer = await sent(method, path, body, await renew(), signal);
  if (!answer.ok) throw new Refused(await reason(answer), answer.status);
  // Pages are not of the server: a network that wants to be signed in to sends its own.
  if (answer.headers.get("Content-Type")?.includes("html")) throw new TypeError("The answer is a page");
  const text = await answer.text();
  return text && answer.headers.get("Content-Type")?.includes("json") ? parsed(text) : text || null;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    // Cut off, or not by the server: as if nothing had answered.
    throw new TypeError("The answer is not JSON");
  }
}

/** An answer below v2, which says in itself whether it is a refusal: throws `Refused` then. @param {Promise<any>} asked */
export async function answered(asked) {
  const answer = await asked;
  if (answer?.Success === false) throw new Refused(answer.Error, 200, answer.StatusCode);
  return answer;
}

/** What such an answer holds. @param {Promise<any>} asked @returns {Promise<any>} */
export const dataOf = async (asked) => (await answered(asked)).Data;
