"""The server: whether it runs, whether it answers, and who has its port."""

from __future__ import annotations

from pathlib import Path

import trio

from triplicati.config.instance_lock import FOLDER, LOCK, is_running
from triplicati.config.server_certificates import CERTIFICATE
from triplicati.doctor.finding import Finding, good, note, problem, warning
from triplicati.doctor.patient import Patient
from triplicati.errors import ServerRefused, TriplicatiError
from triplicati.runner.occupied_port import ask, who_listens

_HOST = "127.0.0.1"


async def server(patient: Patient) -> list[Finding]:
    from triplicati.client.local import connected_local, local_server  # noqa: PLC0415 - slow to import

    folder = patient.folder.path
    if not is_running(folder):
        if not patient.saved.backups:
            return [note("No server runs on this data folder")]
        return [
            warning(
                "No server runs on this data folder, so that no schedule is kept",
                "Start it: triplicati server -- or for good: triplicati service install",
            )
        ]
    stuck = (
        f"Restart it: systemctl restart triplicati -- or end its process{_kill(folder)}, and start it again."
    )
    try:
        found = await trio.to_thread.run_sync(
            lambda: local_server(folder, key=patient.key, environment=patient.environment)
        )
        with trio.fail_after(patient.patience):
            async with connected_local(found) as client:
                await client.status()
    except trio.TooSlowError:
        return [problem(f"The server runs, but does not answer within {patient.patience:g} s", stuck)]
    except ServerRefused as error:
        return [problem(f"The server answers with an error: {str(error).rstrip('.')}", stuck)]
    except TriplicatiError as error:
        return [warning(f"The server runs, and could not be asked: {str(error).rstrip('.')}", stuck)]
    return [good(f"The server runs and answers at {found.url}"), *_reach(patient)]


def _kill(folder: Path) -> str:
    """The command that ends it; who has started it may know its number no more."""
    try:
        number = (folder / FOLDER / LOCK).read_text("ascii", "replace").strip()
    except OSError:
        return ""
    return f" (kill -9 {number})" if number.isdigit() else ""


def _reach(patient: Patient) -> list[Finding]:
    settings = patient.saved.settings
    interface = settings.get("server-listen-interface", "")
    if interface.lower() in ("", "loopback", "localhost", "127.0.0.1", "::1"):
        return []
    if settings.get(CERTIFICATE) and settings.get("server-disable-https", "").lower() != "true":
        return []
    return [
        warning(
            "The server can be reached from other computers without TLS: who listens on the way hears "
            "passwords",
            "Start it with --configure-https, or behind a proxy that has TLS, or with "
            "--webservice-interface=loopback.",
        )
    ]


async def port(patient: Patient) -> list[Finding]:
    """That which the server had last; it takes another one where this is taken."""
    last = patient.saved.settings.get("last-webserver-port", "")
    number = int(last) if last.isdigit() else patient.port
    if is_running(patient.folder.path):
        return [good(f"The port {number} is that of our server")]
    try:
        await (await trio.open_tcp_stream(_HOST, number)).aclose()
    except OSError:
        return [good(f"The port {number} is free")]
    text = await who_listens(_HOST, number)
    first, _, rest = text.partition(". ")
    return [warning(first, rest or "Stop that program, or give another port: --webservice-port=NUMBER")]


async def duplicati_on_port(patient: Patient) -> list[Finding]:
    try:
        kind = await ask(_HOST, patient.port)
    except OSError:
        kind = "other"
    if kind != "duplicati":
        return [good(f"No Duplicati answers on port {patient.port}")]
    return [
        note(
            f"A Duplicati answers on port {patient.port}",
            "Both can run side by side, each with backups of its own. To take its jobs over: triplicati "
            "server "
            "--adopt -- then turn their schedules off there.",
        )
    ]
