"""Samba's server, for one user with a password and one share."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.server_programs import free_port, program, running

PASSWORD = "pass word of the share"


@contextmanager
def smbd(folder: Path, work: Path) -> Iterator[int]:
    """Shows `folder` as the share ``files``; gives the port."""
    work.mkdir(parents=True, exist_ok=True)
    port, user = free_port(), getpass.getuser()
    for name in ("private", "lock", "state", "cache", "pid", "ncalrpc"):
        (work / name).mkdir()
    settings = work / "smb.conf"
    settings.write_text(
        "\n".join(
            (
                "[global]", "workgroup = WORKGROUP", "server role = standalone server",
                "interfaces = 127.0.0.1", "bind interfaces only = yes", f"smb ports = {port}",
                f"private dir = {work / 'private'}", f"lock directory = {work / 'lock'}",
                f"state directory = {work / 'state'}", f"cache directory = {work / 'cache'}",
                f"pid directory = {work / 'pid'}", f"ncalrpc dir = {work / 'ncalrpc'}",
                f"log file = {work / 'log.smbd'}", f"passdb backend = smbpasswd:{work / 'private' / 'known'}",
                "disable netbios = yes", "load printers = no", "printing = bsd", "printcap name = /dev/null",
                "disable spoolss = yes", "map to guest = never", "rpc start on demand helpers = no",
                "[files]", f"path = {folder}", "read only = no", f"valid users = {user}",
                f"force user = {user}", "create mask = 0644", "",
            )
        )
    )  # fmt: skip
    command = [program("smbpasswd", "samba-common-bin"), "-c", str(settings), "-a", "-s", user]
    answer = f"{PASSWORD}\n{PASSWORD}\n".encode()
    subprocess.run(command, input=answer, check=True, capture_output=True)
    command = [program("smbd", "samba"), "--foreground", "--no-process-group", "-s", str(settings)]
    with running(command, port, work / "log"):
        yield port
