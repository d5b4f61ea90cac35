import { accessToken, forget } from "./session.js";

const NEVER = "0001-01-01";

function time(text) {
  if (!text || text.startsWith(NEVER)) return "";
  // The last backup is written without separators, the next run with.
  const full = text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/, "$1-$2-$3T$4:$5:$6");
  const moment = new Date(full);
  return Number.isNaN(moment.valueOf()) ? text : moment.toLocaleString();
}

function row({ Backup, Schedule }) {
  const about = Backup.Metadata ?? {};
  const made = document.createElement("tr");
  const cells = [
    Backup.Name,
    time(about.LastBackupDate) || "never",
    (about.LastBackupDuration ?? "").split(".")[0],
    about.BackupListCount ?? "0",
    time(Schedule?.Time) || "not scheduled",
  ];
  for (const text of cells) {
    made.appendChild(document.createElement("td")).textContent = text;
  }
  return made;
}

async function show(token) {
  const state = document.getElementById("state");
  const answer = await fetch("./api/v1/backups", { headers: { Authorization: `Bearer ${token}` } });
  if (!answer.ok) {
    state.textContent = `The server is running, but does not list the backups (${answer.status}).`;
    return;
  }
  const backups = await answer.json();
  document.getElementById("rows").replaceChildren(...backups.map(row));
  document.getElementById("backups").hidden = backups.length === 0;
  state.textContent = backups.length ? "The server is running." : "The server is running. There is no backup yet.";
}

document.getElementById("logout").addEventListener("click", async () => {
  await forget();
  location.replace("./login.html");
});

try {
  const token = await accessToken();
  if (token === null) {
    location.replace("./login.html");
  } else {
    document.getElementById("logout").hidden = false;
    await show(token);
  }
} catch {
  document.getElementById("state").textContent = "The server did not answer.";
}
