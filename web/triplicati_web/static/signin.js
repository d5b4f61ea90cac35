import { keep, post, reason } from "./session.js";

const token = new URLSearchParams(location.search).get("token") ?? "";
// The place of the page that the link leads to; begins with "#" if there is one.
const place = location.hash;
// The token is good for one use; all the same it must not stay in the history.
history.replaceState(null, "", location.pathname);

function refused(text) {
  const element = (id) => /** @type {any} */ (document.getElementById(id));
  const message = element("message");
  message.textContent = text;
  message.className = "bad";
  element("again").hidden = false;
}

try {
  const answer = await post("auth/signin", { SigninToken: token });
  if (answer.ok) {
    keep(await answer.json());
    location.replace(`./${place}`);
  } else {
    refused(await reason(answer));
  }
} catch {
  refused("The server did not answer.");
}
