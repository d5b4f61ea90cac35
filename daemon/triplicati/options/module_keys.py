"""Modules that can be switched off by name, and the options that belong to them (spec/cli.md 5.5)."""

from __future__ import annotations

from collections.abc import Mapping

from triplicati.options.option_values import OptionValues

PROMPT = "console-password-input"
_PREFIXES = {
    "send-mail-": "sendmail",
    "send-http-": "sendhttp",
    "send-xmpp-": "sendxmpp",
    "send-telegram-": "sendtelegram",
    "send-apprise-": "sendapprise",
    "http-report-status-": "httpreportstatus",
    "run-script-": "runscript",
    "hyperv-": "hyperv-options",
    "mssql-": "mssql-options",
    "force-passphrase-from-stdin": PROMPT,
}
_COMMON = frozenset(
    {
        "short-timeout",
        "list-timeout",
        "read-write-timeout",
        "accept-any-ssl-certificate",
        "accept-specified-ssl-hash",
        "ignore-revocation-failure",
        "oauth-url",
    }
)
MODULE_KEYS = (*dict.fromkeys(_PREFIXES.values()), "common-options")


def module_of(option: str) -> str | None:
    """The key of the module that an option belongs to, None for options that are always there."""
    if option in _COMMON:
        return "common-options"
    return next((key for prefix, key in _PREFIXES.items() if option.startswith(prefix)), None)


def disabled_modules(values: OptionValues) -> frozenset[str]:
    """The keys named by ``disable-module``, in lower case. All modules are loaded without being asked for, so
    ``enable-module`` changes nothing, and like in Duplicati it does not undo a ``disable-module``."""
    return frozenset(_keys(values, "disable-module"))


def unknown_modules(values: OptionValues) -> tuple[str, ...]:
    """Keys given that no module has."""
    given = [*_keys(values, "disable-module"), *_keys(values, "enable-module")]
    return tuple(dict.fromkeys(key for key in given if key not in MODULE_KEYS))


def without_disabled(options: Mapping[str, str | None]) -> dict[str, str | None]:
    """The options without those of disabled modules, which have no effect."""
    disabled = disabled_modules(OptionValues(options))
    if not disabled:
        return dict(options)
    return {name: value for name, value in options.items() if module_of(name) not in disabled}


def _keys(values: OptionValues, option: str) -> list[str]:
    parts = (part.strip().lower() for part in (values.text(option) or "").split(","))
    return [part for part in parts if part]
