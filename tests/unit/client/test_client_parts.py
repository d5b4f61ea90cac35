"""What the client makes of what it reads, without a server."""

from __future__ import annotations

import pickle

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import triplicati.client
from triplicati.client.answers import Listed, LogRow
from triplicati.client.events import decoded
from triplicati.client.servers import find_server
from triplicati.client.tls import parse_fingerprint
from triplicati.client.waiting import Outcome
from triplicati.errors import InvalidValue, ServerRefused
from triplicati.messages.live import RunEnded


def test_all_that_is_promised_is_there() -> None:
    for name in triplicati.client.__all__:
        assert getattr(triplicati.client, name)


@given(st.binary(min_size=32, max_size=32), st.booleans())
def test_a_fingerprint_may_have_colons_and_capitals(digest: bytes, colons: bool) -> None:
    text = digest.hex(":").upper() if colons else digest.hex()
    assert parse_fingerprint(text) == digest.hex()


@given(st.text(max_size=70).filter(lambda text: len(text.replace(":", "").replace(" ", "")) != 64))
def test_other_texts_are_no_fingerprint(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_fingerprint(text)


@pytest.mark.parametrize(
    ("parsed", "code"), [("Success", 0), ("Warning", 2), ("Error", 3), ("Fatal", 4), ("Stopped", 1), ("", 1)]
)
def test_exit_codes_are_those_of_duplicati(parsed: str, code: int) -> None:
    assert Outcome(1, parsed).exit_code == code


def test_frames_become_typed_events() -> None:
    run = RunEnded(2, "1", "Docs", "Backup", "Success", "", 1.5, "/#/")
    text = f'{{"Seq":7,"Topic":"run-ended","Data":{msgspec.json.encode(run).decode()}}}'
    event = decoded(text)
    assert (event.seq, event.topic, event.value, event.raw) == (7, "run-ended", run, text)
    assert decoded('{"Seq":8,"Topic":"from-the-future","Data":[1]}').value == [1]
    snapshot = decoded('{"Seq":9,"Topic":"snapshot","Data":{"tasks":[],"new":3},"Resync":true}')
    assert (snapshot.value, snapshot.resync) == ({"tasks": [], "new": 3}, True)


@given(st.text())
def test_a_frame_that_is_none_raises_only_what_is_said(text: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        decoded(text)


def test_rows_of_a_list_may_have_holes_as_duplicati_leaves_them() -> None:
    text = b'{"Backup":{"ID":"1","Name":"x","Metadata":null,"Settings":null},"Schedule":null}'
    entry = msgspec.json.decode(text, type=Listed).entry
    assert (entry.id, entry.name, entry.metadata, entry.next_run) == ("1", "x", {}, None)


def test_a_log_row_tells_its_result_if_it_has_one() -> None:
    assert LogRow(message='{"ParsedResult":"Warning"}').parsed == "Warning"
    assert LogRow(message="text").parsed == ""


async def test_an_address_may_lack_its_scheme_and_has_no_secret_left() -> None:
    server = await find_server("host:8200")
    assert (server.url, server.host, server.port) == ("http://host:8200", "host", 8200)
    assert server.name == "host:8200"
    server = await find_server("http://user:canary@[::1]:99/base/?token=canary#canary")
    assert (server.url, server.name) == ("http://[::1]:99/base", "[::1]:99")


def test_a_refusal_keeps_its_id_and_status_when_it_is_pickled() -> None:
    error = pickle.loads(pickle.dumps(ServerRefused(reason="no", status=409, help_id="BackupNameTaken")))
    assert (error.id, error.status, str(error)) == ("BackupNameTaken", 409, "no")
    assert ServerRefused(reason="no", status=500).id == "ServerRefused"
