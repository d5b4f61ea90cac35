"""Checks of the given options before anything is done (spec/cli.md 2.3)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

import msgspec

from triplicati.errors import (
    InvalidValue,
    MultipleRetentionOptionsNotSupported,
    OptionNotBuilt,
    PrefixCannotContainHyphens,
    VolumeSizeTooSmall,
)
from triplicati.options.declarations import Option, OptionType
from triplicati.options.module_keys import (
    MODULE_KEYS,
    disabled_modules,
    module_of,
    unknown_modules,
    without_disabled,
)
from triplicati.options.option_values import OptionValues
from triplicati.options.parser import FILTERS
from triplicati.options.registry import REGISTRY, with_canonical_names
from triplicati.options.value_checks import asks_for_more, problem_with
from triplicati.values.retention import parse_policy

# With a meaning of their own when they are given without a value.
_GOOD_WITHOUT_VALUE = frozenset({"control-files", "ignore-filenames", "restore-drill"})
_NEEDS_VALUE = "The option --{name} has no value and will be ignored. Write --{name}=VALUE, without a blank"
# A destination of another kind may use its options, and Duplicati ignores --remote-volume-size in silence.
_SILENT = frozenset({"destinations", "command-line"})
_SMALLEST_VOLUME = 1024**2
_SMALLEST_BLOCK, _LARGEST_BLOCK = 1024, 2**31 - 1


class OptionWarning(msgspec.Struct, frozen=True):
    """Something odd about one option that does not keep the operation from running."""

    id: str
    option: str
    message: str


def validate(
    options: Mapping[str, str | None],
    recorded: Mapping[str, str | None] | None = None,
    further: Callable[[], Mapping[str, Option]] = dict,
) -> list[OptionWarning]:
    """Warnings about `options`, in their order; `recorded` are those remembered with the backup. `further` is
    only called for names that are not declared here: what destinations declare, by names in lower case.

    Raises what keeps the operation from running: `OptionNotBuilt`, `MultipleRetentionOptionsNotSupported`,
    `RetentionPolicyInvalidValue`, `PrefixCannotContainHyphens`, `VolumeSizeTooSmall`, `InvalidValue`.
    """
    given = with_canonical_names(options)
    disabled = disabled_modules(OptionValues(given))
    _refuse_missing_behaviour(without_disabled(given))
    values = OptionValues({**(recorded or {}), **given})
    _check_retention(values)
    _check_prefix(values)
    check_sizes(values.size("dblock-size"), values.size("blocksize"))
    found = (_warnings(name, value, disabled, further) for name, value in given.items())
    return [*itertools.chain.from_iterable(found), *map(_unknown_module, unknown_modules(values))]


def check_sizes(volume_size: int, blocksize: int) -> None:
    """Raises unless blocks of `blocksize` bytes fit into volumes of `volume_size` bytes."""
    if not _SMALLEST_BLOCK <= blocksize <= _LARGEST_BLOCK:
        raise InvalidValue(value=blocksize, kind="--blocksize", reason="it must be from 1 KiB to 2 GiB")
    if volume_size < max(_SMALLEST_VOLUME, 2 * blocksize):
        raise VolumeSizeTooSmall(volume_size=f"of {volume_size} bytes", blocksize=blocksize)


def _refuse_missing_behaviour(given: Mapping[str, str | None]) -> None:
    for name, value in given.items():
        option = REGISTRY.get(name)
        if option and option.state == "refused" and asks_for_more(option, value):
            raise OptionNotBuilt(option=name, reason=option.reason)


def _check_retention(values: OptionValues) -> None:
    policy = parse_policy(values.text("retention-policy") or "")
    given = {
        "keep-time": bool(values.timespan("keep-time")),
        "keep-versions": values.integer("keep-versions") > 0,
        "retention-policy": bool(policy),
    }
    names = [f"--{name}" for name, is_given in given.items() if is_given]
    if len(names) > 1:
        raise MultipleRetentionOptionsNotSupported(given=" and ".join(names))


def _check_prefix(values: OptionValues) -> None:
    prefix = values.text("prefix") or ""
    if "-" in prefix:
        raise PrefixCannotContainHyphens(prefix=prefix)


def _warnings(
    name: str, value: str | None, disabled: frozenset[str], further: Callable[[], Mapping[str, Option]]
) -> list[OptionWarning]:
    option = REGISTRY.get(name) or further().get(name.lower())
    module = module_of(name)
    if module in disabled:
        message = f"The supplied option --{name} will be ignored: its module {module} is disabled"
        return [OptionWarning("UnsupportedDisabledModule", name, message)]
    if option is None:
        return [_unsupported(name)]
    return [
        *(_deprecation(option) or _without_effect(option, value)),
        *_mistyped(option, value),
        *_without_value(option, value),
    ]


def _unsupported(name: str) -> OptionWarning:
    if name in FILTERS:
        return OptionWarning("UnsupportedOption", name, _NEEDS_VALUE.format(name=name))
    import difflib  # noqa: PLC0415 - only for the one who mistyped

    alike = difflib.get_close_matches(name, [*REGISTRY, *FILTERS], 1, 0.8)
    hint = f". Did you mean --{alike[0]}?" if alike else ""
    message = f"The supplied option --{name} is not supported and will be ignored{hint}"
    return OptionWarning("UnsupportedOption", name, message)


def _unknown_module(key: str) -> OptionWarning:
    message = f'There is no module "{key}"; there are {", ".join(MODULE_KEYS)}'
    return OptionWarning("OptionValidationError", "disable-module", message)


def _without_value(option: Option, value: str | None) -> list[OptionWarning]:
    needless = option.type in (OptionType.BOOLEAN, OptionType.PASSWORD) or option.name in _GOOD_WITHOUT_VALUE
    if value is not None or needless:
        return []
    return [OptionWarning("OptionValidationError", option.name, _NEEDS_VALUE.format(name=option.name))]


def _deprecation(option: Option) -> list[OptionWarning]:
    if not option.deprecated:
        return []
    message = f"The supplied option --{option.name} is deprecated: {option.deprecated}"
    return [OptionWarning("DeprecatedOption", option.name, message)]


def _without_effect(option: Option, value: str | None) -> list[OptionWarning]:
    """For what would do something in Duplicati; a value that asks for nothing is fine."""
    if option.state != "inert" or option.group in _SILENT or not asks_for_more(option, value):
        return []
    message = f"The option --{option.name} has no effect here: {option.reason}"
    return [OptionWarning("OptionWithoutEffect", option.name, message)]


def _mistyped(option: Option, value: str | None) -> list[OptionWarning]:
    problem = problem_with(option, value)
    if problem is None:
        return []
    message = f'The value "{value}" supplied to --{option.name} {problem}'
    return [OptionWarning("OptionValidationError", option.name, message)]
