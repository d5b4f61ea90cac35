// The event stream: the only websocket of the page. It comes back by itself and asks for what it missed.

import { currentToken, renew } from "./api.mjs";

const SHORTEST = 500;
const LONGEST = 10_000;
const UNAUTHORIZED = 4401;

/**
 * Calls `hear` with each frame and `tell` with whether the stream is up, for as long as the page is open.
 * @param {(frame: {Seq: number, Topic: string, Data: any}) => void} hear
 * @param {(up: boolean) => void} tell
 */
export function listen(hear, tell) {
  let seen = 0;
  let failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;

  async function connect() {
    waiting = undefined;
    let token;
    try {
      token = failures ? await renew() : await currentToken();
    } catch {
      again();
      return;
    }
    const address = new URL(`api/v2/events${seen ? `?since=${seen}` : ""}`, document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    socket.onopen = () => socket.send(JSON.stringify({ Version: 1, Action: "auth", Token: token }));
    socket.onmessage = (message) => {
      const frame = JSON.parse(message.data);
      if (frame.Topic === undefined) return;
      seen = frame.Seq;
      failures = 0;
      tell(true);
      hear(frame);
    };
    socket.onclose = (event) => {
      if (event.code === UNAUTHORIZED) failures += 1;
      again();
    };
  }

  function again() {
    tell(false);
    const delay = Math.min(LONGEST, SHORTEST * 2 ** failures);
    failures += 1;
    // Not all pages at the same moment.
    waiting = setTimeout(connect, delay * (0.75 + Math.random() / 2));
  }

  function atOnce() {
    if (waiting === undefined || document.hidden) return;
    clearTimeout(waiting);
    connect();
  }

  addEventListener("online", atOnce);
  document.addEventListener("visibilitychange", atOnce);
  connect();
}
