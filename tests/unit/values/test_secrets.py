import copy
import logging
import pickle

import msgspec
import pytest

from triplicati.values.secrets import Secret, json_hook

SECRET = Secret("battery staple")


def test_no_way_to_print_a_secret_shows_it() -> None:
    record = logging.LogRecord("x", 0, "", 0, "%s %r", (SECRET, SECRET), None)
    printed = [str(SECRET), repr(SECRET), f"{SECRET}", f"{SECRET!r:>20}", "%s" % SECRET, record.getMessage()]  # noqa: UP031
    assert all("********" in text and "staple" not in text for text in printed)
    assert not hasattr(SECRET, "__dict__")


def test_json_shows_stars_or_nothing() -> None:
    assert msgspec.json.encode({"passphrase": SECRET}, enc_hook=json_hook) == b'{"passphrase":"********"}'
    with pytest.raises(TypeError):
        msgspec.json.encode(SECRET)
    with pytest.raises(NotImplementedError):
        msgspec.json.encode(object(), enc_hook=json_hook)


def test_a_secret_is_neither_pickled_nor_hashed() -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(SECRET)
    with pytest.raises(TypeError, match="unhashable"):
        hash(SECRET)


def test_what_a_secret_can_do() -> None:
    assert SECRET.reveal() == "battery staple"
    assert Secret("battery staple") == SECRET
    assert Secret("other") != SECRET
    assert SECRET != "battery staple"
    assert Secret("\udc80ü") == Secret("\udc80ü")
    assert SECRET
    assert not Secret("")
    assert copy.deepcopy({"a": SECRET})["a"] is SECRET
    assert copy.copy(SECRET) is SECRET
