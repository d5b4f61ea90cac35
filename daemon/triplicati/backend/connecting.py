"""From an address and options, as a user writes them, to a destination."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from triplicati.config.secrets import with_secrets
from triplicati.engine.connecting import is_local, limited
from triplicati.engine.remote import PATIENCE
from triplicati.engine.temporary import checked_tempdir
from triplicati.errors import UsageError
from triplicati.operations.merging import merged
from triplicati.options.allowed_modules import check_allowed
from triplicati.options.declarations import Option
from triplicati.options.environment import with_environment
from triplicati.options.option_values import OptionValues
from triplicati.options.registry import REGISTRY
from triplicati.options.validation import validate
from triplicati.options.value_checks import problem_with
from triplicati.storage import registry
from triplicati.storage.destination import Destination
from triplicati.values.urls import parse_url


class Connection(msgspec.Struct, frozen=True):
    """A destination, and the options with which it was opened, those of the tool among them. `patience` is
    how many seconds a transfer may make no progress; `hide` puts stars for fetched secrets in a text."""

    destination: Destination
    values: OptionValues
    patience: float
    hide: Callable[[str], str]


@contextlib.contextmanager
def connected(
    url_text: str,
    options: Mapping[str, str | None],
    environment: Mapping[str, str],
    warn: Callable[[str], object],
    own: Sequence[Option] = (),
    *,
    strict: bool = False,
) -> Iterator[Connection]:
    """Nothing is connected to yet. `own` are options of the tool itself. While it is open, fetched secrets
    are hidden in errors that leave it. Options that nothing knows are warnings; with `strict` those of
    `options` are errors, though not what an old address has kept.

    Raises what a wrong address, `validate` and `open_destination` raise, and `UsageError`.
    """
    declared = {option.name: option for option in own}
    resolved = with_secrets(with_environment(options, environment), url_text, environment)
    with resolved.hidden_in_errors():
        url = parse_url(resolved.url_text)
        given = merged(resolved.options, url, environment)
        foreign = {name: value for name, value in given.items() if name not in declared}
        _check_own(declared, given)
        for warning in validate(foreign, further=registry.options_of_kinds):
            if strict and warning.id == "UnsupportedOption" and warning.option in options:
                raise UsageError(reason=f"The option --{warning.option} is not known. Nothing was done.")
            warn(resolved.hide(warning.message))
        for sentence in resolved.warnings:
            warn(sentence)
        values = OptionValues(given, {**REGISTRY, **declared})
        check_allowed(values, url, "")
        if text := values.text("tempdir"):
            tempfile.tempdir = checked_tempdir(text)
        destination = limited(registry.open_destination(url, foreign), values, url.scheme)
        yield Connection(destination, values, _patience(destination, values), resolved.hide)


def _check_own(declared: Mapping[str, Option], given: Mapping[str, str | None]) -> None:
    """Where a tool does what was not meant, files are lost: here wrong values are no mere warnings."""
    for name in declared.keys() & given.keys():
        problem = problem_with(declared[name], given[name])
        if problem is not None:
            raise UsageError(reason=f'The value "{given[name]}" supplied to --{name} {problem}')


def _patience(destination: Destination, values: OptionValues) -> float:
    if is_local(destination) and not values.given("read-write-timeout"):
        return PATIENCE
    return max(values.timespan("read-write-timeout").total_seconds(), 0.0)
