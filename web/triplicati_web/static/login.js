import { keep, post, reason } from "./session.js";

const form = document.getElementById("login");
const message = document.getElementById("message");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  message.textContent = "";
  const wanted = {
    Password: document.getElementById("password").value,
    RememberMe: document.getElementById("remember").checked,
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
