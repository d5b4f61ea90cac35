// What the pages share: requests, and the nonce that goes with the session's cookie.

const NONCE = "v1:persist:triplicati:refreshNonce";

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
  } catch {
    // Without storage the session lasts as long as the page.
  }
}

// An access token, or null where nobody is signed in. Throws where the server cannot say which.
export async function accessToken() {
  let nonce = null;
  try {
    nonce = localStorage.getItem(NONCE);
  } catch {
    return null;
  }
  if (nonce === null) return null;
  const answer = await post("auth/refresh", { Nonce: nonce });
  if (answer.status >= 500 || answer.status === 429) throw new TypeError(answer.statusText);
  if (!answer.ok) return null;
  const session = await answer.json();
  keep(session);
  return session.AccessToken;
}

export async function forget() {
  try {
    localStorage.removeItem(NONCE);
  } finally {
    await post("auth/refresh/logout", {});
  }
}
