"""How to open what is served, in each file manager."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.apps.webdav.asked import Asked


def told(asked: Asked, port: int) -> Iterator[str]:
    """Lines for the one who started it."""
    host = "localhost" if asked.address in ("127.0.0.1", "::1") else _shown(asked.address)
    http = f"http://{host}:{port}/"
    yield f"The versions are at {http}"
    if asked.password is None:
        yield "Nobody has to sign in: every program and user of this computer can read them."
    elif asked.generated:
        yield f"Sign in as {asked.user} with the password {asked.password.reveal()}"
    else:
        yield f"Sign in as {asked.user} with the password that was given."
    if asked.address not in ("127.0.0.1", "::1"):
        yield "Warning: what is read, and the password, can be seen on the network: there is no TLS here."
    yield ""
    yield f"  GNOME Files    Other Locations, Connect to Server:  dav://{host}:{port}/"
    yield f"  KDE Dolphin    address bar:                         webdav://{host}:{port}/"
    yield f"  macOS Finder   Go, Connect to Server:               {http}"
    yield f"  Windows        net use * {http}"
    if asked.password is not None:
        yield "                 (it sends no password without TLS: there, start this with --password= )"
    yield f"  davfs2         mount -t davfs -o ro {http} /mnt"
    yield from _rclone(asked, http)
    yield f"  any browser    {http}"
    yield ""
    yield "Ctrl-C ends it."


def _rclone(asked: Asked, http: str) -> Iterator[str]:
    copying = f"rclone copy --webdav-url={http}"
    if asked.password is None:
        yield f"  rclone         {copying} :webdav:latest there"
        return
    yield f"  rclone         {copying} --webdav-user={asked.user} :webdav:latest there"
    yield "                 (after: export RCLONE_WEBDAV_PASS=$(rclone obscure -), which reads the password)"


def _shown(address: str) -> str:
    if address in ("0.0.0.0", "::"):
        import socket  # noqa: PLC0415 - seldom needed

        return socket.gethostname()
    return f"[{address}]" if ":" in address else address
