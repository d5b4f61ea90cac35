"""What of Duplicati's core options works, and that README and the tests of their effects say so too."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from support.core_options import CORE_NAMES
from support.option_effects import EFFECTS

from triplicati.options.registry import REGISTRY

ROOT = Path(__file__).resolve().parents[3]
STATES = {
    "works": "work",
    "refused": "refused with the reason, for they are not built yet",
    "inert": "accepted with a warning that they have no effect here",
}


def names(state: str) -> list[str]:
    return sorted(name for name in CORE_NAMES if REGISTRY[name].state == state)


def test_the_table_in_readme_counts_right() -> None:
    """If this fails, write the expected rows into README.md, section "What works today"."""
    expected = [f"| {words} | {len(names(state))} |" for state, words in STATES.items()]
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.findall(r"^\| (?:work|refused|accepted)[^|]*\| \d+ \|$", readme, re.MULTILINE)
    assert found == expected
    assert f"Of Duplicati's {len(CORE_NAMES)} core options" in readme
    assert sum(len(names(state)) for state in STATES) == len(CORE_NAMES) == 181


def test_the_effect_of_every_option_that_works_is_seen_by_a_test() -> None:
    missing = [name for name in names("works") if name not in EFFECTS]
    assert missing == [], f"no test in support/option_effects.py for: {', '.join(missing)}"


def test_no_test_is_named_for_an_option_that_has_no_effect() -> None:
    idle = [name for name in EFFECTS if name not in names("works")]
    assert idle == [], f"in support/option_effects.py, but declared as without effect: {', '.join(idle)}"


@pytest.mark.parametrize("name", EFFECTS)
def test_the_test_exists_and_gives_the_option(name: str) -> None:
    path, _, function = EFFECTS[name].partition("::")
    found = functions_in(ROOT / "tests" / path)
    assert function in found, f"{EFFECTS[name]} does not exist"
    text = found[function]
    given = re.search(rf"(--|\"){re.escape(name)}(?![\w-])", text) or computed(name, text)
    assert given, f"{EFFECTS[name]} never gives --{name}"


def computed(name: str, text: str) -> bool:
    """Whether the name is put together from a part and a parameter, as "--throttle-{way}"."""
    starts = re.findall(r"--([\w-]+-)\{", text)
    return any(name.startswith(start) and name[len(start) :] in text for start in starts)


@cache
def functions_in(path: Path) -> dict[str, str]:
    """The text of each function of a module, with its decorators."""
    source = path.read_text("utf-8")
    lines = source.splitlines()
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            found[node.name] = "\n".join(lines[first - 1 : node.end_lineno])
    return found
