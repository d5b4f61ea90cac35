"""What the one who started the server is told, and how to get in (spec/server.md 1.1)."""

from __future__ import annotations

import os
import sys

from triplicati.apps.server.listeners import Listening, has_browser, has_reader, tunnel
from triplicati.config.server_options import ServerOptions
from triplicati.runner.daemon import Daemon

_LINK_MINUTES = 60


async def tell_started(options: ServerOptions, daemon: Daemon, listening: Listening, address: str) -> None:
    """`address` is that of the page. A link to sign in goes to a terminal or the journal only."""
    where = ", ".join(listening.addresses)
    started = f"Server has started and is listening on {where}, port {listening.port}"
    daemon.say("Information", "ServerStarted", started)
    say(started)
    if listening.open:
        text = "The server can be reached from other computers: give it a good password"
        tls = address.startswith("https")
        hint = "" if tls else ", and TLS with --configure-https, or a proxy that has it"
        daemon.say("Warning", "ReachableFromOutside", text + hint)
    if options.webdav:
        say(f"The versions of all backups are at {address}/dav/")
    if not await daemon.sign_in.has_generated_password() or not await _links_allowed(daemon):
        say(f"The page is {address}/")
        return
    if not has_reader(options.environment):
        say(f'The page is {address}/ -- "triplicati control sign-in-link" gives a link to it.')
        return
    token = await daemon.sign_in.issue_signin_token(minutes=_LINK_MINUTES)
    say(f"Sign in, once and within an hour: {address}/signin.html?token={token}")
    if not has_browser(options.environment) and not listening.open:
        say(f"From another computer, first run there: {tunnel(listening.port)}")


def say(text: str) -> None:
    """A console that has gone, or a log on a full disk, keeps no server from its work."""
    try:
        print(text, flush=True)
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the run


async def _links_allowed(daemon: Daemon) -> bool:
    return (await daemon.store.setting("disable-signin-tokens")).lower() != "true"
