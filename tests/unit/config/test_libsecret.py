"""The keyring of a Linux desktop, a real one on a session bus of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from triplicati.config.secret_providers.provider import open_provider
from triplicati.errors import SecretProviderError

CANARY = "canary-9000-secret"

_FILL = f"""
import secretstorage
connection = secretstorage.dbus_init()
default = secretstorage.get_default_collection(connection)
default.create_item("Backup Key", {{"a": "1"}}, b"{CANARY}")
default.create_item("other", {{"a": "2"}}, "ü".encode())
session = secretstorage.get_collection_by_alias(connection, "session")
session.create_item("other", {{"a": "3"}}, b"of the session")
"""
_ASK = """
from triplicati.config.secret_providers.provider import open_provider
def ask(address, *keys):
    found = open_provider(address, {}).fetch(keys)
    print(sorted((key, secret.reveal()) for key, secret in found.items()), ascii(found))
ask("libsecret://", "backup key", "other", "absent")
ask("default://?collection=default&case-sensitive=true", "backup key", "other")
ask("libsecret://?collection=Session", "other", "Backup Key")
from triplicati.errors import SecretProviderError
try:
    ask("libsecret://?collection=nothing-like-it", "other")
except SecretProviderError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a session bus of Linux")
def test_a_real_keyring(tmp_path: Path) -> None:
    for program in ("dbus-run-session", "gnome-keyring-daemon"):
        if shutil.which(program) is None:
            pytest.fail(f"needs {program} (Debian: apt install dbus gnome-keyring)")
    (tmp_path / "fill.py").write_text(_FILL, "utf-8")
    (tmp_path / "ask.py").write_text(_ASK, "utf-8")
    (tmp_path / "run").mkdir(mode=0o700)
    steps = (
        "printf opensesame | gnome-keyring-daemon --unlock --components=secrets >/dev/null; "
        f"{sys.executable} fill.py && {sys.executable} ask.py"
    )
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", steps],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "XDG_RUNTIME_DIR": str(tmp_path / "run"),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "LANG": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert lines[:3] == [
        f"[('backup key', '{CANARY}'), ('other', 'ü')] {{'backup key': ********, 'other': ********}}",
        "[('other', 'ü')] {'other': ********}",
        "[('other', 'of the session')] {'other': ********}",
    ], done.stderr
    assert lines[3].startswith("The secret provider libsecret failed")


def test_without_a_session_bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/absent")
    with pytest.raises(SecretProviderError, match="keyring cannot be read"):
        open_provider("libsecret://", {}).fetch(["key"])
    with pytest.raises(SecretProviderError, match="only the service"):
        open_provider("libsecret://?service-name=org.example", {}).fetch(["key"])
