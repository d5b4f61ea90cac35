"""Further destinations of a backup as --remote-sync-json-config names them (spec/cli.md 8). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import msgspec

from triplicati.engine.mirroring import MirrorSettings
from triplicati.engine.remote import RetryRule
from triplicati.errors import InvalidValue, MirrorConfigUnusable
from triplicati.options.registry import with_canonical_names
from triplicati.values.booleans import parse_boolean
from triplicati.values.timespans import parse_timespan

Mode = Literal["inline", "interval", "counting"]
Fields = Mapping[str, Any]  # Any: values of a JSON object, whose numbers and switches may be texts


class MirrorTarget(msgspec.Struct, frozen=True):
    """`url` with its secrets. `interval` in seconds and `count` of backups say how often, by `mode`; what is
    only `parsed` is never copied to."""

    url: str
    mode: Mode
    interval: float
    count: int
    options: dict[str, str | None]
    retry: RetryRule
    create_folder: bool
    settings: MirrorSettings
    parsed: bool = False

    def __repr__(self) -> str:
        return f"MirrorTarget({self.mode})"


class MirrorConfig(msgspec.Struct, frozen=True):
    """`on_warnings`: whether to copy after a backup with warnings too."""

    on_warnings: bool
    targets: tuple[MirrorTarget, ...]


def parse_mirrors(text: str) -> MirrorConfig:
    """Raises `MirrorConfigUnusable`."""
    try:
        whole = _fields(msgspec.json.decode(text.encode("utf-8", "surrogatepass")))
        listed = whole.get("destinations") or []
        if not isinstance(listed, list):
            raise MirrorConfigUnusable(reason='"destinations" is no list')
        return MirrorConfig(_switch(whole, "sync-on-warnings", default=True), tuple(map(_target, listed)))
    except (msgspec.DecodeError, UnicodeError, ValueError) as error:
        raise MirrorConfigUnusable(reason=str(error)) from None
    except InvalidValue as error:
        raise MirrorConfigUnusable(reason=str(error).rstrip(".")) from None


def _target(entry: object) -> MirrorTarget:
    fields = _fields(entry)
    url = str(fields.get("url") or "").strip()
    if not url:
        raise MirrorConfigUnusable(reason='a destination has no "url"')
    interval = parse_timespan(str(fields.get("interval") or "")).total_seconds()
    count = _number(fields, "count", 0)
    return MirrorTarget(
        url=url,
        mode=_mode(fields, interval, count),
        interval=interval,
        count=count,
        options={**_options(fields.get("global-options")), **_options(fields.get("dst-options"))},
        retry=RetryRule(
            count=_number(fields, "backend-retries", 3),
            delay=_number(fields, "backend-retry-delay", 1000) / 1000,
            backoff=_switch(fields, "backend-retry-with-exponential-backoff", default=True),
        ),
        create_folder=_switch(fields, "auto-create-folders", default=True),
        settings=MirrorSettings(
            dry_run=_switch(fields, "dry-run"),
            force=_switch(fields, "force"),
            keeps_old=_switch(fields, "retention"),
            attempts=_number(fields, "retry", 3),
            checks_all=_switch(fields, "verify-contents"),
            checks_copies=_switch(fields, "verify-get-after-put"),
        ),
        parsed=_switch(fields, "parse-arguments-only"),
    )


def _mode(fields: Fields, interval: float, count: int) -> Mode:
    """As said; else what an interval or a count leads to. What is not known is every time."""
    said = str(fields.get("mode") or "").strip().lower()
    if said in ("inline", "interval", "counting"):
        return cast("Mode", said)
    if said:
        return "inline"
    return "interval" if interval > 0 else "counting" if count > 0 else "inline"


def _fields(value: object) -> Fields:
    if not isinstance(value, dict):
        raise MirrorConfigUnusable(reason="an object was expected")
    return {str(name).strip().lower().removeprefix("--"): each for name, each in value.items()}


def _options(value: object) -> dict[str, str | None]:
    """From ``key=value`` texts, or an object."""
    if isinstance(value, dict):
        pairs = [(str(name), None if each is None else str(each)) for name, each in value.items()]
    else:
        words: Sequence[object] = value if isinstance(value, list) else [value] if value else []
        split = (str(word).partition("=") for word in words)
        pairs = [(name, text if mark else None) for name, mark, text in split]
    return with_canonical_names({name.strip().removeprefix("--"): text for name, text in pairs})


def _switch(fields: Fields, name: str, *, default: bool = False) -> bool:
    value = fields.get(name)
    if value is None:
        return default
    return value if isinstance(value, bool) else parse_boolean(str(value))


def _number(fields: Fields, name: str, default: int) -> int:
    value = fields.get(name)
    return default if value is None or value == "" else max(int(value), 0)
