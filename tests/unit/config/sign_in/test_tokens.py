"""The signed tokens."""

from __future__ import annotations

import base64
import hashlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.hand_signed import claims_of, hand_signed
from support.sign_in_store import WallClock

from triplicati.config.sign_in.tokens import (
    ACCESS,
    OPERATION,
    REFRESH,
    SIGNIN,
    Tokens,
    new_config,
    read_config,
)
from triplicati.errors import TokenRefused

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture
def clock() -> WallClock:
    return WallClock()


@pytest.fixture
def tokens(clock: WallClock) -> Tokens:
    return Tokens(msgspec.structs.replace(new_config(), signing_key=KEY), clock)


def base(clock: WallClock, **more: object) -> dict[str, object]:
    now = int(clock())
    first = {"iss": "https://duplicati", "aud": "https://duplicati", "nbf": now, "exp": now + 60}
    return {**first, "typ": SIGNIN, "sid": "trayicon", **more}


def test_the_config_is_written_as_duplicati_reads_it() -> None:
    written = json.loads(msgspec.json.encode(new_config()))
    assert len(base64.b64decode(written.pop("SigningKey"))) == 32
    assert written == {
        "Authority": "https://duplicati",
        "Audience": "https://duplicati",
        "AccessTokenDurationInMinutes": 15,
        "RefreshTokenDurationInMinutes": 43200,
        "RefreshTokenShortLivedDurationInMinutes": 120,
        "SigninTokenDurationInMinutes": 5,
        "SingleOperationTokenDurationInMinutes": 1,
        "MaxRefreshTokenDrift": 1,
        "MaxRefreshTokenDriftSeconds": 30,
        "RequireRefreshNonce": True,
        "PbkdfConfig": {
            "Algorithm": "PBKDF2",
            "Version": 1,
            "Salt": "",
            "Iterations": 10000,
            "HashAlorithm": "SHA256",
            "Hash": "",
        },
    }


@pytest.mark.parametrize("text", ["", "{}", "no", '{"SigningKey":""}', '{"SigningKey":7}'])
def test_a_config_that_cannot_be_used_is_none(text: str) -> None:
    assert read_config(text) is None


def test_a_token_signed_by_another_program_is_read(tokens: Tokens, clock: WallClock) -> None:
    assert tokens.read(hand_signed(KEY, base(clock)), SIGNIN).user == "trayicon"


def test_numbers_as_text_are_read(tokens: Tokens, clock: WallClock) -> None:
    found = tokens.read(hand_signed(KEY, base(clock, typ=REFRESH, fam="F", cnt="17")), REFRESH)
    assert (found.family, found.counter) == ("F", 17)


def test_the_claims_of_a_session(tokens: Tokens, clock: WallClock) -> None:
    now = int(clock())
    access = claims_of(tokens.access("webserver", "FAM"))
    assert access == base(clock, typ=ACCESS, sid="webserver", fam="FAM", iat=now, exp=now + 900)
    refresh = claims_of(tokens.refresh("webserver", "FAM", 7, "nonce", minutes=120))
    hashed = base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"nonce", b"", 10000)).decode()
    assert refresh == base(
        clock, typ=REFRESH, sid="webserver", fam="FAM", cnt=7, nce=hashed, iat=now, exp=now + 7200
    )


def test_the_claims_of_a_token_for_one_use(tokens: Tokens, clock: WallClock) -> None:
    now = int(clock())
    found = claims_of(tokens.operation("webserver", "export"))
    assert found == base(clock, typ=OPERATION, sid="webserver", sop="export", iat=now)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"iss": "https://other"}, "not ours"),
        ({"aud": "https://other"}, "not ours"),
        ({"typ": ACCESS}, "another kind"),
        ({"exp": 1}, "its time"),
        ({"nbf": 4_000_000_000}, "its time"),
        ({"exp": None}, "not ours"),
        ({"exp": "soon"}, "not ours"),
        ({"cnt": "many"}, "not ours"),
    ],
)
def test_a_wrong_claim_is_refused(
    tokens: Tokens, clock: WallClock, change: dict[str, object], reason: str
) -> None:
    with pytest.raises(TokenRefused, match=reason):
        tokens.read(hand_signed(KEY, base(clock, **change)), SIGNIN)


def test_the_clock_may_differ_by_five_seconds(tokens: Tokens, clock: WallClock) -> None:
    token = tokens.operation("webserver", "export")
    clock.time += 64
    tokens.read(token, OPERATION)
    clock.time += 2
    with pytest.raises(TokenRefused):
        tokens.read(token, OPERATION)
    clock.time -= 72
    with pytest.raises(TokenRefused):
        tokens.read(token, OPERATION)


def test_another_key_is_refused(tokens: Tokens, clock: WallClock) -> None:
    with pytest.raises(TokenRefused):
        tokens.read(hand_signed("x" * 44, base(clock)), SIGNIN)


@pytest.mark.parametrize("algorithm", ["none", "HS512", "RS256"])
def test_only_one_algorithm_is_taken(tokens: Tokens, clock: WallClock, algorithm: str) -> None:
    with pytest.raises(TokenRefused):
        tokens.read(hand_signed(KEY, base(clock), {"alg": algorithm, "typ": "JWT"}), SIGNIN)


@given(st.text(max_size=200) | st.binary(max_size=60).map(lambda each: base64.b64encode(each).decode()))
def test_any_text_is_refused_and_not_quoted(text: str) -> None:
    tokens = Tokens(new_config(), WallClock())
    with pytest.raises(TokenRefused) as refused:
        tokens.read(text, ACCESS)
    assert str(refused.value) == "The access token is not valid: it is damaged or not ours. Sign in again."


def test_a_very_long_token_is_not_even_looked_at(tokens: Tokens) -> None:
    with pytest.raises(TokenRefused, match="too long"):
        tokens.read("a" * 10_000, ACCESS)
