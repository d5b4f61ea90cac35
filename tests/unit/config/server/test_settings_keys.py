"""Where the key of the settings comes from (spec/server.md 7.4)."""

from __future__ import annotations

import stat
import sys
import threading
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from triplicati.config.server import settings_keys
from triplicati.config.server.settings_keys import given_key, key_of_file, make_key_file
from triplicati.errors import SettingsKeyInvalid
from triplicati.values.secrets import Secret


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A keyring in the place of the library's."""
    state = SimpleNamespace(priority=5.0, entries={}, asked=0, gate=None)

    def get_password(service: str, user: str) -> str | None:
        state.asked += 1
        if state.gate is not None:
            state.gate.wait(10)
        found: str | None = state.entries.get(service)
        return found

    module = ModuleType("keyring")
    module.get_keyring = lambda: state  # type: ignore[attr-defined]
    module.get_password = get_password  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: module)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/none")
    return state


def revealed(option: str | None, environment: dict[str, str], *, ask: bool = True) -> tuple[str, str] | None:
    key = given_key(Secret(option) if option else None, environment, keyring=ask)
    return (key.secret.reveal(), key.source) if key else None


def test_the_order_of_the_sources(keyring: SimpleNamespace) -> None:
    keyring.entries["duplicati-server-encryption-key"] = "from the keyring"
    first, second = "DUPLICATI__SETTINGS_ENCRYPTION_KEY", "SETTINGS_ENCRYPTION_KEY"
    both = {first: "variable one", second: "variable two"}
    assert revealed("option text", both) == ("option text", "--settings-encryption-key")
    assert revealed(None, both) == ("variable one", f"the environment variable {first}")
    assert revealed(None, {second: "variable two"}) == ("variable two", f"the environment variable {second}")
    assert keyring.asked == 0
    source = "the entry duplicati-server-encryption-key of the keyring"
    assert revealed(None, {}) == ("from the keyring", source)
    assert revealed(None, {}, ask=False) is None


def test_a_keyring_that_keeps_nothing_is_not_asked(keyring: SimpleNamespace) -> None:
    keyring.entries["duplicati-server-encryption-key"] = "from the keyring"
    keyring.priority = 0
    assert revealed(None, {}) is None
    assert keyring.asked == 0


def test_a_keyring_that_waits_for_its_user_is_given_up(
    keyring: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring.gate = threading.Event()
    monkeypatch.setattr(settings_keys, "_LONGEST_WAIT", 0.05)
    started = time.monotonic()
    assert revealed(None, {}) is None
    assert time.monotonic() - started < 5
    keyring.gate.set()


def test_a_broken_keyring_counts_as_none(
    keyring: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(service: str, user: str) -> str:
        raise RuntimeError("locked")

    monkeypatch.setattr(sys.modules["keyring"], "get_password", fail)
    assert revealed(None, {}) is None


def test_the_key_file_is_its_owners_alone_and_read_again(tmp_path: Path) -> None:
    assert key_of_file(tmp_path) is None
    made = make_key_file(tmp_path)
    path = tmp_path / "settings.key"
    assert len(made.secret.reveal()) == 43  # 256 bits
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = key_of_file(tmp_path)
    assert found is not None
    assert found.secret == made.secret
    assert found.source == f"the file {path}"


@pytest.mark.parametrize("content", [b"", b"short", b"\xff\xfe\xff\xfe\xff\xfe\xff\xfe"])
def test_a_damaged_key_file_is_an_error_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.key"
    path.write_bytes(content)
    with pytest.raises(SettingsKeyInvalid, match=r"settings\.key"):
        key_of_file(tmp_path)
    assert path.read_bytes() == content
