"""The declarations as a whole."""

import subprocess
import sys

import pytest
from support.core_options import CORE_NAMES

from triplicati.options.declarations import Option, OptionType
from triplicati.options.registry import ALIASES, CORE_TOPICS, MODULES, REGISTRY, canonical_name
from triplicati.options.validation import validate
from triplicati.options.value_checks import asks_for_more, problem_with

EVERY = [option for topic in CORE_TOPICS + MODULES for option in topic.OPTIONS]
REFUSED = [option for option in EVERY if option.state == "refused"]


def test_all_core_options_of_the_specification_are_declared() -> None:
    declared = [option.name for topic in CORE_TOPICS for option in topic.OPTIONS]
    assert len(CORE_NAMES) == 181
    assert sorted(declared) == sorted(CORE_NAMES)


def test_no_name_or_alias_is_declared_twice() -> None:
    assert len(EVERY) == len(REGISTRY)
    assert ALIASES.keys().isdisjoint(REGISTRY)


def test_aliases() -> None:
    assert canonical_name("dryrun") == "dry-run"
    assert canonical_name("full-results") == "full-result"
    assert canonical_name("asynchronous-concurrent-upload-limit") == "asynchronous-upload-limit"
    assert canonical_name("parameterfile") == "parameters-file"
    assert canonical_name("remote-volume-size") == "remote-volume-size"


@pytest.mark.parametrize("option", EVERY, ids=lambda option: option.name)
def test_a_declaration_is_consistent(option: Option) -> None:
    assert problem_with(option, option.default) is None
    assert bool(option.reason) == (option.state != "works")
    assert bool(option.values) or option.type not in {OptionType.ENUM, OptionType.FLAGS}
    assert not option.fallback or option.fallback in REGISTRY
    assert option.summary.endswith(".")
    assert not option.reason.endswith(".")
    assert option.unit in {"b", "kb", "mb", "gb"}
    if option.type is OptionType.BOOLEAN:
        assert option.default in {"true", "false"}


@pytest.mark.parametrize("option", REFUSED, ids=lambda option: option.name)
def test_what_is_refused_has_a_value_that_is_not(option: Option) -> None:
    neutral = option.neutral or (option.default or "",)
    assert not any(asks_for_more(option, value) for value in neutral)


def test_what_the_backup_remembers() -> None:
    assert {option.name for option in EVERY if option.persisted} == {
        "prefix",
        "blocksize",
        "block-hash-algorithm",
        "file-hash-algorithm",
        "dblock-size",
        "compression-module",
        "encryption-module",
    }


def test_nothing_given_is_fine() -> None:
    assert validate({}) == []


def test_the_declarations_load_nothing_heavy() -> None:
    heavy = ["trio", "rich", "cryptography", "apsw", "urllib.parse", "triplicati.options.help_text"]
    code = (
        "import sys, triplicati.options.validation, triplicati.options.parser\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
