"""Where a new passphrase comes from."""

from __future__ import annotations

import pytest

from triplicati.errors import NewPassphraseNeeded, PassphraseMismatch
from triplicati.operations.passphrase import for_renewing
from triplicati.options.option_values import OptionValues


def test_the_option_comes_before_the_environment() -> None:
    values = OptionValues({"new-passphrase": "one"})
    assert for_renewing(values, {"NEW_PASSPHRASE": "two"}, "aes") == "one"
    assert for_renewing(OptionValues({}), {"NEW_PASSPHRASE": "two"}, "aes") == "two"


def test_none_is_needed_without_encryption() -> None:
    assert for_renewing(OptionValues({}), {}, "none") is None


@pytest.mark.parametrize("given", [{}, {"new-passphrase": ""}])
def test_there_must_be_one(given: dict[str, str]) -> None:
    with pytest.raises(NewPassphraseNeeded):
        for_renewing(OptionValues(given), {"PASSPHRASE": "old"}, "aes")


def asked(*answers: str) -> tuple[str | None, list[str]]:
    texts, questions = iter(answers), list[str]()

    def ask(question: str) -> str:
        questions.append(question)
        return next(texts)

    return for_renewing(OptionValues({}), {}, "aes", lambda _: ask), questions


def test_the_user_is_asked_twice() -> None:
    found, questions = asked("new", "new")
    assert found == "new"
    assert questions == ["New passphrase: ", "Confirm new passphrase: "]


def test_both_answers_must_be_the_same() -> None:
    with pytest.raises(PassphraseMismatch):
        asked("new", "other")
    with pytest.raises(NewPassphraseNeeded):
        asked("")
