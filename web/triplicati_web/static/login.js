import { keep, post, reason } from "./session.js";

const element = (id) => /** @type {any} */ (document.getElementById(id));
const form = element("login");
const message = element("message");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  message.textContent = "";
  const wanted = {
    Password: element("password").value,
    RememberMe: element("remember").checked,
  };
  try {
    const answer = await post("auth/login", wanted);
    if (!answer.ok) {
      message.textContent = await reason(answer);
      return;
    }
    keep(await answer.json());
    location.replace("./");
  } catch {
    message.textContent = "The server did not answer.";
  }
});
