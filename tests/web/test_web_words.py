"""The texts of the page: each language has all of them, and the page uses each."""

from __future__ import annotations

import json
import re

import pytest

from triplicati_web.settings import WebSettings

STATIC = WebSettings().static
WORDS = STATIC / "words"
LANGUAGES = sorted(each.stem for each in WORDS.iterdir())
_ENTRY = re.compile(r'^ {2}("[a-z0-9.-]+"): (".*"),$', re.MULTILINE)
_TEXT = re.compile(r'\bt\(\s*"([a-z0-9.-]+)"')
_COUNTED = re.compile(r'\bcount\(\s*"([a-z0-9.-]+)"')
_VALUE = re.compile(r"\{\w+\}")


def words(language: str) -> dict[str, str]:
    text = (WORDS / f"{language}.mjs").read_text()
    pairs = [(json.loads(key), json.loads(value)) for key, value in _ENTRY.findall(text)]
    found = dict(pairs)
    assert len(found) == len(pairs) == text.count('": "'), "an entry stands twice, or is no line of its own"
    return found


def code_of_the_page() -> str:
    return "\n".join(
        each.read_text()
        for each in STATIC.rglob("*.mjs")
        if not {"vendor", "words"} & set(each.relative_to(STATIC).parts)
    )


def counted() -> set[str]:
    return {f"{key}.{form}" for key in _COUNTED.findall(code_of_the_page()) for form in ("one", "other")}


def texts() -> set[str]:
    return set(_TEXT.findall(code_of_the_page()))


def test_there_are_two_languages() -> None:
    assert LANGUAGES == ["de", "en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_and_used(language: str) -> None:
    assert set(words(language)) == texts() | counted()


def test_no_text_is_the_same_in_both_languages() -> None:
    german = words("de")
    assert [key for key, text in words("en").items() if text == german[key]] == []


def test_the_languages_put_the_same_values_into_a_text() -> None:
    german = words("de")
    for key, text in words("en").items():
        assert sorted(_VALUE.findall(text)) == sorted(_VALUE.findall(german[key])), key


def test_no_text_is_counted_here_and_not_there() -> None:
    assert texts() & counted() == set()
