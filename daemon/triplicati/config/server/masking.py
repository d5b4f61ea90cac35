"""Secrets of a saved backup hidden on the way out and put back on the way in (spec/server.md 4.7)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

import msgspec

from triplicati.config.server.backup_rows import split_remote_source
from triplicati.config.server.password_names import is_address, is_password
from triplicati.messages.saved import SavedBackup, Setting, TargetUrl
from triplicati.options.registry import canonical_name
from triplicati.values.urls import parse_query_value, split_query

PLACEHOLDER = "*" * 15
# Options of destinations that say which server gets the secrets.
_ELSEWHERE = re.compile(
    r"(?:server-name|endpoint|e2-directory|authuri|satellite|oauth-url|api-url|download-url)$"
)
_AUTHORITY = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+://)([^/?]*)(.*)", re.DOTALL)
_STARS = re.compile(r"(?:\*|%2A){3,}", re.IGNORECASE)
_FILE = "file://"
_OF_AUTHORITY = ""
_SEVERAL = ";"
# Given the name of a secret ("" for the password before the host) and its text as written, the text to write
# instead, or None to leave it out.
Change = Callable[[str, str], str | None]


def is_placeholder(text: str | None) -> bool:
    """Whether a value is only the stars that stood for a secret."""
    return text is not None and len(text) > 3 and not text.strip("*")


def mask_url(url: str) -> str:
    """The address with stars for every secret in it."""
    return _changed_url(url, lambda _name, _text: PLACEHOLDER)


def url_without_secrets(url: str) -> str:
    return _changed_url(url, lambda _name, _text: None)


def unmask_url(url: str, *stored: str) -> str:
    """Stars replaced by the secrets of the same names in `stored`, the first that has one."""
    known: dict[str, str] = {}
    for each in reversed(stored):
        known |= _secrets(each)
    return _changed_url(url, lambda name, text: known.get(name, text) if _STARS.fullmatch(text) else text)


def has_placeholder(url: str) -> bool:
    return any(_STARS.fullmatch(text) for text in _secrets(url).values())


def same_place(url: str, other: str) -> bool:
    """Whether two addresses lead to one host by one scheme, in whatever folder and for whatever user, so that
    a secret of the one may be sent to the other. An option that names another server counts as the host."""
    return _place(url) == _place(other)


def leads_elsewhere(options: Mapping[str, str | None], stored: Mapping[str, str]) -> bool:
    """Whether `options` name another server than `stored` do for what is secret."""
    known = {_plain(name).lower(): value for name, value in stored.items()}
    named = ((_plain(name).lower(), value or "") for name, value in options.items())
    return any(_ELSEWHERE.search(name) and value != known.get(name, "") for name, value in named)


def mask_options(options: Mapping[str, str]) -> dict[str, str]:
    """Options by name; names with or without dashes."""
    return {name: _masked_value(name, value) or "" for name, value in options.items()}


def unmask_options(
    options: Mapping[str, str | None], stored: Mapping[str, str]
) -> dict[str, str | None]:
    """Stars replaced by what is stored; without anything stored such an option is left out."""
    known = {_plain(name): value for name, value in stored.items()}
    result: dict[str, str | None] = {}
    for name, value in options.items():
        if is_address(name):
            result[name] = _unmasked_addresses(value, known.get(_plain(name)))
        elif not (is_password(name) and is_placeholder(value)):
            result[name] = value
        elif _plain(name) in known:
            result[name] = known[_plain(name)]
    return result


def masked(backup: SavedBackup) -> SavedBackup:
    """For what leaves this program."""
    settings = (
        msgspec.structs.replace(each, value=_masked_value(each.name, each.value)) for each in backup.settings
    )
    return _with_addresses(backup, settings, mask_url, _masked_value)


def without_secrets(backup: SavedBackup) -> SavedBackup:
    """For a file that somebody else may read: secrets are left out, not hidden."""
    settings = (
        msgspec.structs.replace(each, value=value_without_secrets(each.name, each.value))
        for each in backup.settings
        if not is_password(each.name)
    )
    return _with_addresses(backup, settings, url_without_secrets, lambda name, value: None)


def unmasked(
    incoming: SavedBackup,
    stored: SavedBackup | None,
    connection_strings: Mapping[int, str] | None = None,
) -> SavedBackup:
    """`incoming` with each placeholder replaced by what is stored under the same name; the others stay.

    `connection_strings` are addresses by number, for backups that refer to one.
    """
    shared = connection_strings or {}
    old = stored or SavedBackup(name="", target_url="")
    values = {each.name: each.value for each in old.settings}
    plain = {_plain(each.name): each.value for each in old.settings}
    settings = tuple(_unmasked_setting(each, values, plain) for each in incoming.settings)
    old_targets = {each.key: each for each in old.targets}
    targets = tuple(_unmasked_target(each, old_targets.get(each.key), shared) for each in incoming.targets)
    old_sources = dict(filter(None, map(split_remote_source, old.sources)))
    return msgspec.structs.replace(
        incoming,
        target_url=unmask_url(
            incoming.target_url, old.target_url, shared.get(incoming.connection_string_id, "")
        ),
        settings=settings,
        targets=targets,
        sources=tuple(_unmasked_source(each, old_sources) for each in incoming.sources),
    )


def _with_addresses(
    backup: SavedBackup,
    settings: Iterable[Setting],
    change: Callable[[str], str],
    value_of: Callable[[str, str | None], str | None],
) -> SavedBackup:
    def source(text: str) -> str:
        parts = split_remote_source(text)
        return text if parts is None else parts[0] + change(parts[1])

    def target(each: TargetUrl) -> TargetUrl:
        options = {
            name: value_of(name, value) if is_password(name) else value
            for name, value in each.options.items()
        }
        return msgspec.structs.replace(each, url=change(each.url), options=options)

    return msgspec.structs.replace(
        backup,
        target_url=change(backup.target_url),
        settings=tuple(settings),
        sources=tuple(map(source, backup.sources)),
        targets=tuple(map(target, backup.targets)),
    )


def value_without_secrets(name: str, value: str | None) -> str | None:
    """The value of an option that is no password itself."""
    return _each_address(value, url_without_secrets) if value and is_address(name) else value


def _masked_value(name: str, value: str | None) -> str | None:
    if value and is_address(name):
        return _each_address(value, mask_url)
    return PLACEHOLDER if value and is_password(name) else value


def _each_address(value: str, change: Callable[[str], str]) -> str:
    return _SEVERAL.join(map(change, value.split(_SEVERAL)))


def _unmasked_addresses(value: str | None, stored: str | None) -> str | None:
    """Each with the secrets of the one that begins alike, else of any at the same place."""
    if not value or not stored:
        return value
    known = stored.split(_SEVERAL)

    def unmask(url: str) -> str:
        alike = [each for each in known if each.partition("?")[0] == url.partition("?")[0]]
        return unmask_url(url, *alike, *(each for each in known if same_place(each, url)))

    return _each_address(value, unmask)


def _unmasked_setting(
    setting: Setting, values: Mapping[str, str | None], plain: Mapping[str, str | None]
) -> Setting:
    if is_address(setting.name):
        stored = values.get(setting.name, plain.get(_plain(setting.name)))
        return msgspec.structs.replace(setting, value=_unmasked_addresses(setting.value, stored))
    if not (is_password(setting.name) and is_placeholder(setting.value)):
        return setting
    found = values.get(setting.name, plain.get(_plain(setting.name), setting.value))
    return msgspec.structs.replace(setting, value=found)


def _unmasked_target(target: TargetUrl, old: TargetUrl | None, shared: Mapping[int, str]) -> TargetUrl:
    known = old.options if old else {}
    options = {
        name: known.get(name, value) if is_password(name) and is_placeholder(value) else value
        for name, value in target.options.items()
    }
    url = unmask_url(target.url, old.url if old else "", shared.get(target.connection_string_id, ""))
    return msgspec.structs.replace(target, url=url, options=options)


def _unmasked_source(source: str, old: Mapping[str, str]) -> str:
    parts = split_remote_source(source)
    return source if parts is None else parts[0] + unmask_url(parts[1], old.get(parts[0], ""))


def _place(url: str) -> tuple[str, str, frozenset[tuple[str, str]]]:
    before, query = split_query(url)
    match = _AUTHORITY.fullmatch(before.strip())
    scheme = match[1].lower() if match is not None else _FILE
    # All folders of this machine are one place.
    host = "" if match is None or scheme == _FILE else match[2].rpartition("@")[2].lower()
    pairs = (part.partition("=") for part in query)
    named = ((parse_query_value(name).strip().lower(), parse_query_value(text)) for name, _, text in pairs)
    return scheme, host, frozenset((name, text) for name, text in named if _ELSEWHERE.search(name))


def _secrets(url: str) -> dict[str, str]:
    """By their plain names, as they are written in the address."""
    found: dict[str, str] = {}

    def note(name: str, text: str) -> str:
        found[name] = text
        return text

    _changed_url(url, note)
    return found


def _changed_url(url: str, change: Change) -> str:
    before, parts = split_query(url)
    before = _changed_authority(before, change)
    kept = [part for part in (_changed_part(part, change) for part in parts) if part is not None]
    return f"{before}?{'&'.join(kept)}" if kept else before


def _changed_authority(address: str, change: Change) -> str:
    match = _AUTHORITY.fullmatch(address)
    if match is None:
        return address
    scheme, authority, rest = match.groups()
    credentials, at, host = authority.rpartition("@")
    user, colon, password = credentials.partition(":")
    if not (at and colon and password):
        return address
    changed = change(_OF_AUTHORITY, password)
    return f"{scheme}{user}{'' if changed is None else ':' + changed}@{host}{rest}"


def _changed_part(part: str, change: Change) -> str | None:
    written, _, text = part.partition("=")
    name = parse_query_value(written)
    if not text or not is_password(name):
        return part
    changed = change(_plain(name), text)
    return None if changed is None else f"{written}={changed}"


def _plain(name: str) -> str:
    return canonical_name(name.lstrip("-").lower())
