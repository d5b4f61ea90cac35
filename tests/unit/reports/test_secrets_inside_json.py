"""Addresses with passwords inside a JSON text, as the option for further destinations has them."""

from __future__ import annotations

import json

from triplicati.config.server.password_names import holds_secrets, is_password
from triplicati.reports.finished import Operation
from triplicati.reports.secrecy import hiding, is_secret

CONFIG = json.dumps(
    {
        "destinations": [
            {"url": "ftp://me:canary1@host/x", "dst-options": ["--auth-password=canary2", "use-ssl"]},
            {"url": "s3://b?auth-password=canary3", "auth-password": "canary4", "mode": "inline"},
        ]
    }
)
NAME = "remote-sync-json-config"


def test_none_of_them_stays_in_a_text() -> None:
    hide = hiding(Operation("Backup", {NAME: CONFIG}, "file:///x"))
    shown = hide(f"canary1 canary2 canary3 canary4 inline use-ssl {CONFIG}")
    assert "canary" not in shown
    assert "inline" in shown
    assert hiding(Operation("Backup", {NAME: "{ canary"}, "file:///x"))("canary") == "canary"


def test_the_option_is_kept_and_shown_as_a_secret() -> None:
    assert is_secret(NAME, CONFIG)
    assert is_password(f"--{NAME}")
    assert holds_secrets(NAME)
