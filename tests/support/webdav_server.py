"""Apache with mod_dav, for a user with a password."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from support.server_programs import free_port, program, running

USER, PASSWORD = "somebody", "pass:word with / and é"
REALM = "files"
_MODULES = Path("/usr/lib/apache2/modules")
_NAMES = (
    "mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "auth_digest", "dav",
    "dav_fs", "dav_lock", "ssl",
)  # fmt: skip


class WebDav(msgspec.Struct, frozen=True):
    """`folder` is what the server shows as ``/files``."""

    port: int
    folder: Path


@contextmanager
def apache(*, certificate: Path | None = None, digest: bool = False, extra: str = "") -> Iterator[WebDav]:
    """As another user where root runs the tests, since Apache refuses to serve as root: so with a folder of
    its own, that such a user can reach."""
    with tempfile.TemporaryDirectory(prefix="triplicati-apache-") as place:
        top = Path(place)
        port = free_port()
        (top / "shown" / "files").mkdir(parents=True)
        (top / "known").write_text(_digest_line() if digest else _basic_line(), "utf-8")
        secured = [
            "SSLEngine on",
            f"SSLCertificateFile {certificate}",
            f"SSLCertificateKeyFile {certificate}",
        ]
        settings = top / "apache.conf"
        settings.write_text(
            "\n".join(
                (
                    f"ServerRoot {top}", f"PidFile {top / 'pid'}", f"Listen 127.0.0.1:{port}",
                    "ServerName 127.0.0.1", f"DefaultRuntimeDir {top}", f"Mutex file:{top}",
                    f"ErrorLog {top / 'errors'}",
                    *(f"LoadModule {name}_module {_MODULES / f'mod_{name}.so'}" for name in _NAMES),
                    f"DavLockDB {top / 'locks'}", "StartServers 1", "ThreadsPerChild 16",
                    "MaxRequestWorkers 16", f"DocumentRoot {top / 'shown'}", *_user(top),
                    *(secured if certificate else ()),
                    f'<Directory "{top / "shown"}">', "Dav On", "Require valid-user",
                    f"AuthType {'Digest' if digest else 'Basic'}", f'AuthName "{REALM}"',
                    f"AuthUserFile {top / 'known'}", extra, "</Directory>", "",
                )
            )
        )  # fmt: skip
        with running([program("apache2", "apache2"), "-DFOREGROUND", "-f", str(settings)], port, top / "log"):
            yield WebDav(port, top / "shown" / "files")


def _user(top: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    top.chmod(0o755)
    for folder in (top, top / "shown", top / "shown" / "files"):
        shutil.chown(folder, "www-data", "www-data")
    return ["User www-data", "Group www-data"]


def _basic_line() -> str:
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    return f"{USER}:{{SHA}}{digest}\n"


def _digest_line() -> str:
    known = hashlib.md5(f"{USER}:{REALM}:{PASSWORD}".encode()).hexdigest()
    return f"{USER}:{REALM}:{known}\n"
