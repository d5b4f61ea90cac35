"""The modules and options that clients may offer: those that work (spec/server.md 3.12)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import msgspec

from triplicati.config.secret_providers.provider import PROVIDERS
from triplicati.messages.api_system import ModuleInfo, OptionInfo
from triplicati.options.declarations import Option, OptionType
from triplicati.options.help_modules import MODULES, options_of_module
from triplicati.options.module_keys import module_of
from triplicati.options.registry import CORE_TOPICS, REGISTRY
from triplicati.storage.forms import form_of
from triplicati.storage.registry import destination_options, offered_schemes, summary_of, title_of

_ENCRYPTION, _COMPRESSION = ("aes", "gpg"), ("zip",)
_CONNECTION = "common-options"
_GENERIC = (
    "console-password-input", "runscript", "sendmail", "sendhttp", "sendxmpp", "sendtelegram", "sendapprise",
    "httpreportstatus",
)  # fmt: skip
_TYPES = {OptionType.ENUM: "Enumeration"}
# Not for a saved backup: the server says these itself, or nobody is there to read them.
_NOT_FOR_JOBS = frozenset({"parameters-file", "backup-id", "dbpath", "help", "debug-output"})


@cache
def core_options() -> list[OptionInfo]:
    """Those of no module."""
    found = (option for topic in CORE_TOPICS for option in topic.OPTIONS)
    return [
        option_info(each)
        for each in found
        if each.state == "works" and each.name not in _NOT_FOR_JOBS and module_of(each.name) is None
    ]


@cache
def encryption_modules() -> list[ModuleInfo]:
    return [_declared(key) for key in _ENCRYPTION]


@cache
def compression_modules() -> list[ModuleInfo]:
    return [_declared(key) for key in _COMPRESSION]


@cache
def generic_modules() -> list[ModuleInfo]:
    return [_declared(key) for key in _GENERIC]


@cache
def connection_modules() -> list[ModuleInfo]:
    return [_declared(_CONNECTION)]


@cache
def backend_modules() -> list[ModuleInfo]:
    """The kinds of destinations."""
    return [
        ModuleInfo(
            each,
            title_of(each),
            summary_of(each),
            _infos(destination_options(each)),
            form=msgspec.to_builtins(form_of(each)),
        )
        for each in offered_schemes()
    ]


@cache
def secret_provider_modules() -> list[ModuleInfo]:
    return [ModuleInfo(scheme, scheme, f"Fetches secrets with {scheme}") for scheme in PROVIDERS]


def option_info(option: Option) -> OptionInfo:
    kind = _TYPES.get(option.type, option.type.value)
    return OptionInfo(
        name=option.name,
        type=kind,
        typename=kind,
        short_description=option.summary,
        long_description=option.summary,
        default_value=option.default,
        valid_values=list(option.values) or None,
        aliases=list(option.aliases) or None,
        deprecated=bool(option.deprecated),
        deprecation_message=option.deprecated,
        group=option.group,
        unit=option.unit if option.type is OptionType.SIZE else "",
    )


def _declared(key: str) -> ModuleInfo:
    title, text = MODULES[key]
    return ModuleInfo(key, title, text, _infos(REGISTRY[name] for name in options_of_module(key)))


def _infos(options: Iterable[Option]) -> list[OptionInfo]:
    return [option_info(each) for each in options if each.state == "works"]
