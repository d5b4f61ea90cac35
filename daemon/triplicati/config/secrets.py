"""Option values that name a secret, replaced by the secret (spec/cli.md 2.9)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from triplicati.errors import (
    SecretMissing,
    SecretProviderError,
    SecretProviderExtraMissing,
    SecretProviderUnusable,
    TriplicatiError,
)
from triplicati.options.option_values import OptionValues
from triplicati.options.placeholders import Found, Pattern, fill_options, fill_url, find_placeholders
from triplicati.values.secrets import STARS, Secret

if TYPE_CHECKING:
    from triplicati.config.secret_providers.provider import Provider

_VARIABLE = re.compile(r"\$\{(?P<braces>[^{}]+)\}|\$(?P<dollar>[^{}]+)|%(?P<percent>[^%]+)%")
# Shorter ones are part of ordinary words too often.
_SHORTEST_HIDDEN = 4
Memory = MutableMapping[str, dict[str, Secret]]


class Resolved(msgspec.Struct, frozen=True):
    """Options and address with the secrets filled in; `fetched` are these secrets alone.

    `warnings` are sentences for the user.
    """

    options: dict[str, str | None]
    url_text: str
    warnings: tuple[str, ...] = ()
    fetched: tuple[Secret, ...] = ()

    def __repr__(self) -> str:
        return f"Resolved({', '.join(sorted(self.options))})"

    def hide(self, text: str) -> str:
        """`text` with stars for every fetched secret in it, for what is printed or logged."""
        for secret in self.fetched:
            if len(secret.reveal()) >= _SHORTEST_HIDDEN:
                text = text.replace(secret.reveal(), STARS)
        return text

    def hide_in(self, error: BaseException) -> None:
        """Puts stars for every fetched secret into an error and all that led to it, before it is told."""
        todo, seen = [error], set[int]()
        while todo and self.fetched:
            each = todo.pop()
            if id(each) in seen:
                continue
            seen.add(id(each))
            if isinstance(each, TriplicatiError):
                each.details = {name: self._hidden(value) for name, value in each.details.items()}
                each.args = (each.message,)
            else:
                each.args = tuple(self.hide(part) if isinstance(part, str) else part for part in each.args)
            if isinstance(each, OSError):
                # Nothing is set that was not: a file name of None would be shown.
                for name in ("strerror", "filename", "filename2"):
                    if (value := getattr(each, name)) is not None:
                        setattr(each, name, self._hidden(value))
            todo += [cause for cause in (each.__cause__, each.__context__) if cause is not None]
            if isinstance(each, BaseExceptionGroup):
                todo += each.exceptions

    @contextmanager
    def hidden_in_errors(self) -> Iterator[None]:
        """As `hide_in`, for every error that leaves the block."""
        try:
            yield
        except BaseException as error:
            self.hide_in(error)
            raise

    def _hidden(self, value: object) -> object:
        """The value itself where its text holds no secret."""
        text = str(value)
        hidden = self.hide(text)
        return value if hidden == text else hidden


def with_secrets(
    options: Mapping[str, str | None],
    url_text: str,
    environment: Mapping[str, str],
    *,
    memory: Memory | None = None,
) -> Resolved:
    """Fetches all secrets that options and the address's query name, in one call of the provider.

    `options` are under their declared names, those of the command line and of the parameters file. Nothing
    happens without ``--secret-provider``. `memory` is what ``--secret-provider-cache=InMemory`` keeps
    secrets in; its owner decides how long, and a program that runs once has none. Blocks: call it in a
    thread where others wait. Raises `SecretProviderError` with the names of keys, never a value, and
    `InvalidValue` for a pattern.
    """
    values = OptionValues(options)
    address = (values.text("secret-provider") or "").strip()
    if not address:
        return Resolved(dict(options), url_text)
    pattern = Pattern(values.text("secret-provider-pattern") or "$")
    found = find_placeholders(pattern, options, url_text)
    warnings = _partial(found)
    if not found.keys:
        return Resolved(dict(options), url_text, warnings)
    from triplicati.config.secret_providers.provider import open_provider  # noqa: PLC0415 - most need none

    address = _address(address, environment)
    provider = open_provider(address, environment)
    secrets, more = _fetched(provider, address, found.keys, values, memory)
    plain = {key: secret.reveal() for key, secret in secrets.items()}
    return Resolved(
        fill_options(pattern, options, plain),
        fill_url(pattern, url_text, plain),
        (*warnings, *more),
        tuple(secrets.values()),
    )


def _address(text: str, environment: Mapping[str, str]) -> str:
    """The address itself, or what the variable says that ``$NAME``, ``${NAME}`` or ``%NAME%`` names."""
    match = _VARIABLE.fullmatch(text)
    if match is None:
        return text
    name = next(filter(None, match.groups()))
    found = environment.get(name.upper()) or environment.get(name)
    if not found or not found.strip():
        raise SecretProviderUnusable(reason=f"the environment variable {name.upper()} is not set")
    return found.strip()


def _fetched(
    provider: Provider, address: str, keys: Sequence[str], values: OptionValues, memory: Memory | None
) -> tuple[dict[str, Secret], tuple[str, ...]]:
    """From the provider; from a cache only while the provider cannot be reached."""
    kind = values.choice("secret-provider-cache")
    try:
        found = provider.fetch(keys)
    except (SecretProviderUnusable, SecretProviderExtraMissing):
        raise
    except SecretProviderError as error:
        kept = _kept(kind, address, values, memory)
        if not set(keys) <= kept.keys():
            raise
        warning = f"{error.message.removesuffix(' Nothing was done.')} The secrets of the last time are used."
        return {key: kept[key] for key in keys}, (warning,)
    _check(provider, keys, found)
    if kind == "InMemory" and memory is not None:
        memory[address] = {**memory.get(address, {}), **found}
    if kind == "Persistent":
        from triplicati.config.secret_cache import write_cache  # noqa: PLC0415 - seldom used

        if not write_cache(address, found, values.text("tempdir") or None):
            return found, ("The secrets could not be kept for a time when their provider cannot be reached.",)
    return found, ()


def _kept(kind: str, address: str, values: OptionValues, memory: Memory | None) -> Mapping[str, Secret]:
    if kind == "Persistent":
        from triplicati.config.secret_cache import read_cache  # noqa: PLC0415 - seldom used

        return read_cache(address, values.text("tempdir") or None)
    return memory.get(address, {}) if kind == "InMemory" and memory is not None else {}


def _check(provider: Provider, keys: Sequence[str], found: Mapping[str, Secret]) -> None:
    missing = [key for key in keys if key not in found or not found[key].reveal().strip()]
    if missing:
        names = " and ".join(f'"{key}"' for key in missing)
        raise SecretMissing(provider=provider.scheme, keys=names)
    for key in keys:
        try:
            found[key].reveal().encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise SecretProviderError(
                provider=provider.scheme, reason=f'the value of "{key}" is no text'
            ) from None


def _partial(found: Found) -> tuple[str, ...]:
    if not found.partial:
        return ()
    values = "1 value holds" if len(found.partial) == 1 else f"{len(found.partial)} values hold"
    where = ", ".join(dict.fromkeys(found.partial))
    return (
        f"{values} a placeholder among other text, where no secret is filled in ({where}). A placeholder "
        "must be the whole value.",
    )
