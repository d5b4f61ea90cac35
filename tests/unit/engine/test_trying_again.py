"""What is told while a destination is tried again."""

from __future__ import annotations

import pytest

from triplicati.engine.remote import trying_again
from triplicati.errors import DestinationError


@pytest.mark.parametrize("reason", ["the line broke off", "the line broke off."])
def test_two_sentences_whatever_the_server_says(reason: str) -> None:
    told = trying_again(DestinationError(reason=reason), 2, 5)
    assert told.endswith(" the line broke off. Trying again (2 of 5) ...")
