"""What a client says over ``/notifications``."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati_web.conventions import Malformed
from triplicati_web.live.requests import LARGEST, Request, pushed, read_request, refusal, reply

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.text() | _json.map(lambda value: msgspec.json.encode(value).decode()) | st.none())
def test_any_text_is_a_request_or_malformed(text: str | None) -> None:
    try:
        answer, id_ = reply(found := read_request(text), "well"), found.id
    except Malformed as error:
        answer, id_ = refusal(str(error)), ""
    told = msgspec.json.decode(answer)
    assert told["Message"]
    assert told["Id"] == id_


@given(
    st.tuples(st.sampled_from(["Id", "ID", "id"]), st.text(max_size=20)),
    st.sampled_from(["Action", "ACTION", "action"]),
    _json,
)
def test_members_are_read_in_any_case(id_: tuple[str, str], action: str, data: object) -> None:
    text = msgspec.json.encode({"version": 1, id_[0]: id_[1], action: "sub", "Data": data}).decode()
    if len(text.encode()) <= LARGEST:
        found = read_request(text)
        assert (found.version, found.id, found.action) == (1, id_[1], "sub")


def test_a_message_may_have_four_kibibytes_and_no_more() -> None:
    def of(size: int) -> str:
        frame = '{"Action":"ping","Id":""}'
        return frame.replace('""', f'"{"x" * (size - len(frame))}"')

    assert read_request(of(LARGEST)).action == "ping"
    with pytest.raises(Malformed, match="4096"):
        read_request(of(LARGEST + 1))


def test_a_request_does_not_show_its_token() -> None:
    assert "canary" not in repr(Request(token="canary", action="auth"))


def test_only_the_status_has_no_wrapper() -> None:
    assert pushed("legacystatus", {"Type": "legacystatus"}) == '{"Type":"legacystatus"}'
    assert pushed("taskqueue", []) == '{"Type":"taskqueue","ApiVersion":1,"Data":[]}'
