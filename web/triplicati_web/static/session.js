// What the pages share: requests, and the nonce that goes with the session's cookie.

const NONCE = "v1:persist:triplicati:refreshNonce";
// Nonces that were sent, and whose answers may never have been read: a page can be left at any moment.
const PENDING = "v1:persist:triplicati:pendingNonces";
const MOST_PENDING = 8;

export async function post(path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  return fetch(`./api/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

// The error a user can read, whatever the answer was.
export async function reason(answer) {
  try {
    return (await answer.json()).Error || answer.statusText;
  } catch {
    return answer.statusText || "The server did not answer.";
  }
}

export function keep(session) {
  try {
    localStorage.setItem(NONCE, session.RefreshNonce);
    localStorage.removeItem(PENDING);
  } catch {
    // Without storage the session lasts as long as the page.
  }
}

function pending() {
  try {
    return JSON.parse(localStorage.getItem(PENDING) ?? "[]");
  } catch {
    return [];
  }
}

function fresh() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
}

// A session for one of the nonces that may be the one of the cookie, or null.
async function refreshed(nonces) {
  for (const nonce of nonces) {
    const next = fresh();
    localStorage.setItem(PENDING, JSON.stringify([...pending(), next].slice(-MOST_PENDING)));
    const answer = await post("auth/refresh", { Nonce: nonce, NextNonce: next });
    if (answer.status >= 500 || answer.status === 429) throw new TypeError(answer.statusText);
    if (answer.ok) return answer.json().catch(() => Promise.reject(new TypeError("The answer is not JSON")));
  }
  return null;
}

// An access token, or null where nobody is signed in. Throws where the server cannot say which.
export async function accessToken() {
  let nonces = [];
  try {
    nonces = [localStorage.getItem(NONCE), ...pending().reverse()].filter(Boolean);
  } catch {
    return null;
  }
  const session = await refreshed(nonces);
  if (session === null) return null;
  keep(session);
  return session.AccessToken;
}

export async function forget() {
  try {
    localStorage.removeItem(NONCE);
    localStorage.removeItem(PENDING);
  } finally {
    await post("auth/refresh/logout", {});
  }
}
