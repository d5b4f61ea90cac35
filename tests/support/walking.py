"""Walks over the trees of tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from triplicati.source.filters import Filter, FilterRule, compile_filter
from triplicati.source.rules import WalkRules
from triplicati.source.walk import walk

TREE = {"a.txt": "", "b.bin": "", "sub/c.txt": "", "sub/d.bin": "", ".cache/x.txt": "", "tmp/y.txt": ""}
ALL = {"", "a.txt", "b.bin", "sub/", "sub/c.txt", "sub/d.bin", ".cache/", ".cache/x.txt", "tmp/", "tmp/y.txt"}
FOLDERS = {each for each in ALL if each == "" or each.endswith("/")}
TEXTS = {each for each in ALL if each.endswith(".txt")}
SUB = {each for each in ALL if each.startswith("sub/")}


def walked(*roots: Path, complaints: list[tuple[str, str]] | None = None, **rules: Any) -> list[str]:
    """Stored paths; complaints must be expected."""

    def complain(identity: str, text: str, path: str) -> None:
        del text
        assert complaints is not None, (identity, path)
        complaints.append((identity, path))

    return [found[0] for found in walk([str(root) for root in roots], WalkRules(**rules), complain)]


def names(root: Path, **rules: Any) -> set[str]:
    """As `walked`, below one root; "" is the root."""
    found = walked(root, **rules)
    assert found == sorted(found)
    return {path.removeprefix(f"{root}/") for path in found}


def rules_of(text: str, root: Path) -> Filter:
    """Rules with blanks between them, in which /s stands for the root."""
    rules = [FilterRule(each[0] == "+", each[1:].replace("/s/", f"{root}/")) for each in text.split()]
    return compile_filter(rules, case_sensitive=True)
