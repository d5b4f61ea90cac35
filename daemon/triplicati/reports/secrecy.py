"""Takes the secrets of an operation out of every text that leaves this machine.

No text is meant to hold one. This is for those that nobody thought of: the words of a server that quotes what
it was sent, or a name that happens to be a password.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from urllib.parse import quote, unquote, urlsplit

import msgspec

from triplicati.options.declarations import OptionType
from triplicati.options.registry import REGISTRY
from triplicati.reports.finished import Operation
from triplicati.values.secrets import STARS
from triplicati.values.urls import split_query

Clean = Callable[[str], str]

# Shorter ones are part of ordinary words too often.
_SHORTEST = 4
# Options of destinations that this release does not know have telling names too.
_TELLING = re.compile(
    "pass(word|phrase|wd)|secret|token|credential|(api|access|account|private|encryption)-?key"
)
_TELLING_NAMES = frozenset({"authid", "auth-id", "sig", "key", "pwd", "pass"})


def is_secret(name: str, value: str | None) -> bool:
    """Whether the value of an option is for nobody else. Addresses are, for they often hold a password or
    token."""
    if not value:
        return False
    option = REGISTRY.get(name)
    return (
        (option is not None and option.type is OptionType.PASSWORD)
        or _tells(name)
        or "://" in value
        or name == "send-http-extra-parameters"
    )


def hiding(operation: Operation) -> Clean:
    """Puts stars in the place of every secret of `operation`."""
    found = {text for text in _secrets(operation) if len(text) >= _SHORTEST}
    forms = {form for text in found for form in (text, quote(text), quote(text, safe=""))}
    # The longest first: one may be part of another.
    ordered = sorted(forms, key=len, reverse=True)
    if not ordered:
        return lambda text: text
    pattern = re.compile("|".join(map(re.escape, ordered)))
    return lambda text: pattern.sub(STARS, text)


def _secrets(operation: Operation) -> Iterator[str]:
    yield from secrets_of_address(operation.url)
    for name, value in operation.options.items():
        if not value:
            continue
        option = REGISTRY.get(name)
        if (option is not None and option.type is OptionType.PASSWORD) or _tells(name):
            yield value
        if value.lstrip().startswith("{"):
            yield from _secrets_in_json(value)
            continue
        for part in value.split(";") if "://" in value else ():
            yield from secrets_of_address(part)


def _secrets_in_json(text: str) -> Iterator[str]:
    """Those of the addresses and the ``name=value`` options in it, as further destinations have them."""
    try:
        todo: list[tuple[str, object]] = [("", msgspec.json.decode(text))]
    except (msgspec.DecodeError, UnicodeError):
        return
    while todo:
        name, value = todo.pop()
        if isinstance(value, dict):
            todo += [(str(key), each) for key, each in value.items()]
        elif isinstance(value, list):
            todo += [(name, each) for each in value]
        elif isinstance(value, str):
            option, _, setting = value.removeprefix("--").partition("=")
            if "://" in value:
                yield from secrets_of_address(value)
            elif _tells(name.lower()) or _is_password(name):
                yield value
            elif _tells(option.lower()) or _is_password(option):
                yield setting


def secrets_of_address(text: str) -> Iterator[str]:
    """The password, and the values of a query whose names tell of secrets, as written and decoded."""
    before, query = split_query(text)
    try:
        parts = urlsplit(before.strip())
    except ValueError:
        return
    credentials = parts.netloc.rpartition("@")[0]
    yield from _forms([credentials.partition(":")[2]])
    pairs = (part.partition("=") for part in query)
    yield from _forms(
        value for name, _, value in pairs if _tells(unquote(name).lower()) or _is_password(name)
    )


def only_known(options: Mapping[str, str | None]) -> dict[str, str]:
    """Every option by its name in lower case, secrets as stars."""
    return {name.lower(): STARS if is_secret(name, value) else value or "" for name, value in options.items()}


def _forms(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (text, unquote(text), unquote(text.replace("+", " ")))


def _is_password(name: str) -> bool:
    option = REGISTRY.get(unquote(name))
    return option is not None and option.type is OptionType.PASSWORD


def _tells(name: str) -> bool:
    return name in _TELLING_NAMES or _TELLING.search(name) is not None
