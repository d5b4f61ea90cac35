"""OpenSSH's own server, for a user with a key."""

from __future__ import annotations

import getpass
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from support.server_programs import free_port, program, running

PASSPHRASE = "the key's own passphrase"


class SshServer(msgspec.Struct, frozen=True):
    """`host_keys` and `user_key` are files; their public halves are beside them, as ``.pub``."""

    port: int
    user: str
    host_keys: dict[str, Path]
    user_key: Path
    locked_key: Path

    def public(self, kind: str = "ed25519") -> str:
        return " ".join(Path(f"{self.host_keys[kind]}.pub").read_text().split()[:2])


@contextmanager
def sshd(
    folder: Path, kinds: tuple[str, ...] = ("ed25519", "rsa", "ecdsa"), extra: str = ""
) -> Iterator[SshServer]:
    folder.mkdir(parents=True, exist_ok=True)
    keys = {kind: made_key(folder / f"host_{kind}", kind) for kind in kinds}
    user_key, locked_key = (
        made_key(folder / "user", "ed25519"),
        made_key(folder / "locked", "rsa", PASSPHRASE),
    )
    allowed = folder / "authorized_keys"
    allowed.write_text("".join(Path(f"{key}.pub").read_text() for key in (user_key, locked_key)))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # the server wants it, empty, when root starts it
    port = free_port()
    settings = folder / "sshd_config"
    settings.write_text(
        "\n".join(
            (
                f"Port {port}", "ListenAddress 127.0.0.1", *(f"HostKey {key}" for key in keys.values()),
                f"AuthorizedKeysFile {allowed}", f"PidFile {folder / 'pid'}", "UsePAM no", "StrictModes no",
                "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin yes",
                "Subsystem sftp internal-sftp", "MaxStartups 100", "PrintMotd no", extra, "",
            )
        )
    )  # fmt: skip
    with running([program("sshd", "openssh-server"), "-D", "-e", "-f", str(settings)], port, folder / "log"):
        yield SshServer(port, getpass.getuser(), keys, user_key, locked_key)


def made_key(file: Path, kind: str, passphrase: str = "") -> Path:
    bits = ["-b", "2048"] if kind == "rsa" else []
    command = [
        program("ssh-keygen", "openssh-client"),
        "-q",
        "-t",
        kind,
        *bits,
        "-N",
        passphrase,
        "-f",
        str(file),
    ]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return file
