"""Signing in, staying signed in, signing out."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json

import pytest
import trio
import trio.testing
from support.hand_signed import claims_of, hand_signed
from support.sign_in_store import QUICK, MemoryStore, WallClock, prepared

from triplicati.config.sign_in import Attempts, Session, SignIn, SignInOptions
from triplicati.errors import (
    EmptyPassword,
    ForeverTokenRefused,
    InvalidValue,
    NotSignedIn,
    SigninTokensDisabled,
    TokenRefused,
    TooManyAttempts,
    UnknownTokenOperation,
    WrongPassword,
)

PASSWORD = "correct horse"
LOCAL = "127.0.0.1"


class World:
    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = WallClock()

    async def sign_in(self, password: str | None = PASSWORD, **options: object) -> SignIn:
        wanted = SignInOptions(iterations=QUICK, **options)  # type: ignore[arg-type]
        return await prepared(self.store, self.clock, password, wanted)

    @property
    def key(self) -> str:
        found: str = json.loads(self.store.settings["jwt-config"])["SigningKey"]
        return found

    def link_of_others(self) -> str:
        now = int(self.clock())
        common = {"iss": "https://duplicati", "aud": "https://duplicati"}
        return hand_signed(
            self.key, {**common, "nbf": now, "exp": now + 300, "typ": "SigninToken", "sid": "trayicon"}
        )


@pytest.fixture
def world() -> World:
    return World()


# --- the first start ---------------------------------------------------------------------------------------


async def test_a_first_start_makes_a_key_and_a_password_nobody_knows(world: World) -> None:
    sign_in = await world.sign_in(None)
    assert await sign_in.has_generated_password()
    with pytest.raises(WrongPassword):
        await sign_in.login("", LOCAL)


async def test_a_second_start_keeps_key_password_and_sessions(world: World) -> None:
    first = await world.sign_in()
    session = await first.login(PASSWORD, LOCAL)
    second = await world.sign_in(None)
    assert await second.user_of_access(session.access_token) == "webserver"
    await second.login(PASSWORD, LOCAL)


async def test_the_password_of_a_2_0_release_is_taken_over(world: World) -> None:
    salt = b"0123456789"
    hash_ = base64.b64encode(hashlib.sha256(PASSWORD.encode() + salt).digest()).decode()
    world.store.settings = {
        "server-passphrase": hash_,
        "server-passphrase-salt": base64.b64encode(salt).decode(),
    }
    sign_in = await world.sign_in(None)
    assert not await sign_in.has_generated_password()
    await sign_in.login(PASSWORD, LOCAL)


async def test_a_verifier_of_duplicati_over_the_old_hash_is_understood(world: World) -> None:
    """A 2.1 server that was upgraded keeps the salt and verifies the old hash."""
    salt = b"0123456789"
    hash_ = base64.b64encode(hashlib.sha256(PASSWORD.encode() + salt).digest()).decode()
    key = hashlib.pbkdf2_hmac("sha256", hash_.encode(), b"s" * 32, 10000)
    found = {
        "Algorithm": "PBKDF2",
        "Version": 1,
        "Salt": base64.b64encode(b"s" * 32).decode(),
        "Iterations": 10000,
        "HashAlorithm": "SHA256",
        "Hash": base64.b64encode(key).decode(),
    }
    world.store.settings = {
        "pbkdf-config": json.dumps(found),
        "server-passphrase-salt": base64.b64encode(salt).decode(),
    }
    sign_in = await world.sign_in(None)
    await sign_in.login(PASSWORD, LOCAL)
    with pytest.raises(WrongPassword):
        await sign_in.login("wrong", LOCAL)


# --- the password ------------------------------------------------------------------------------------------


async def test_a_wrong_password_is_refused(world: World) -> None:
    sign_in = await world.sign_in()
    with pytest.raises(WrongPassword) as refused:
        await sign_in.login("my guess", LOCAL)
    assert "my guess" not in str(refused.value)


async def test_a_new_password_replaces_the_old_and_keeps_who_is_signed_in(world: World) -> None:
    sign_in = await world.sign_in(None)
    await sign_in.set_password("first")
    session = await sign_in.login("first", LOCAL)
    await sign_in.set_password("second")
    assert not await sign_in.has_generated_password()
    with pytest.raises(WrongPassword):
        await sign_in.login("first", LOCAL)
    await sign_in.login("second", LOCAL)
    await sign_in.user_of_access(session.access_token)


async def test_an_empty_password_is_refused(world: World) -> None:
    sign_in = await world.sign_in()
    with pytest.raises(EmptyPassword):
        await sign_in.set_password("")
    with pytest.raises(EmptyPassword):
        await sign_in.set_password_pair("", "")
    await sign_in.login(PASSWORD, LOCAL)


async def test_a_password_set_by_an_old_client_works_for_new_ones(world: World) -> None:
    sign_in = await world.sign_in()
    salt = b"client salt"
    hash_ = base64.b64encode(hashlib.sha256(b"new one" + salt).digest()).decode()
    await sign_in.set_password_pair(hash_, base64.b64encode(salt).decode())
    await sign_in.login("new one", LOCAL)
    pair = await sign_in.legacy_pair()
    assert pair is not None
    assert pair.hash == hash_


async def test_a_pair_that_is_none_is_refused_without_showing_it(world: World) -> None:
    sign_in = await world.sign_in()
    with pytest.raises(InvalidValue) as refused:
        await sign_in.set_password_pair("plainpassword", "AAAA")
    assert "plainpassword" not in str(refused.value)


async def test_without_old_clients_there_is_nothing_to_check_them_with(world: World) -> None:
    await world.sign_in()
    sign_in = await world.sign_in(None, legacy=False)
    assert await sign_in.legacy_pair() is None


async def test_no_password_is_stored(world: World) -> None:
    await world.sign_in()
    assert PASSWORD not in repr(world.store.settings)


# --- back-off ----------------------------------------------------------------------------------------------


async def guess(sign_in: SignIn, address: str = LOCAL, password: str = "wrong") -> float:
    begun = trio.current_time()
    with contextlib.suppress(WrongPassword):
        await sign_in.login(password, address)
    return round(trio.current_time() - begun)


async def test_guesses_wait_longer_and_longer_but_never_more_than_thirty_seconds(
    world: World, autojump_clock: object
) -> None:
    sign_in = await world.sign_in()
    assert [await guess(sign_in) for _ in range(13)] == [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]


async def test_the_right_password_ends_the_waiting(world: World, autojump_clock: object) -> None:
    sign_in = await world.sign_in()
    for _ in range(6):
        await guess(sign_in)
    assert await guess(sign_in, password=PASSWORD) == 2
    assert await guess(sign_in) == 0


async def test_others_do_not_wait(world: World, autojump_clock: object) -> None:
    sign_in = await world.sign_in()
    for _ in range(8):
        await guess(sign_in, "2001:db8::1")
    assert await guess(sign_in, "192.0.2.1") == 0
    assert await guess(sign_in, "2001:db8:0:1::1") == 0
    assert await guess(sign_in, "2001:db8::2") > 0


async def test_many_guesses_at_once_wait_for_each_other(world: World, autojump_clock: object) -> None:
    sign_in = await world.sign_in()
    begun = trio.current_time()
    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(guess, sign_in)
    assert trio.current_time() - begun >= 1 + 2 + 4 + 8 + 16


async def test_more_than_twenty_at_once_are_turned_away(world: World, autojump_clock: object) -> None:
    sign_in = await world.sign_in()
    for _ in range(6):
        await guess(sign_in)
    refused: list[TooManyAttempts] = []

    async def attempt() -> None:
        try:
            await guess(sign_in)
        except TooManyAttempts as error:
            refused.append(error)

    async with trio.open_nursery() as nursery:
        for _ in range(25):
            nursery.start_soon(attempt)
        await trio.testing.wait_all_tasks_blocked()
        assert len(refused) == 5
        # Nobody else is turned away.
        await sign_in.login(PASSWORD, "192.0.2.9")
        nursery.cancel_scope.cancel()


async def test_what_is_kept_of_addresses_is_bounded(world: World) -> None:
    attempts = Attempts()
    for number in range(3000):
        async with attempts.attempt(f"host{number}"):
            pass
    assert len(attempts._addresses) == 1000


# --- sessions ----------------------------------------------------------------------------------------------


async def test_a_session_is_refreshed_again_and_again(world: World) -> None:
    sign_in = await world.sign_in()
    session = await sign_in.login(PASSWORD, LOCAL)
    for _ in range(5):
        world.clock.time += 600
        session = await sign_in.refresh(session.refresh_token, session.refresh_nonce)
        assert await sign_in.user_of_access(session.access_token) == "webserver"


async def test_an_access_token_lasts_fifteen_minutes(world: World) -> None:
    sign_in = await world.sign_in()
    session = await sign_in.login(PASSWORD, LOCAL)
    world.clock.time += 906
    with pytest.raises(TokenRefused):
        await sign_in.user_of_access(session.access_token)


@pytest.mark.parametrize(("remember", "minutes"), [(False, 120), (True, 43200)])
async def test_how_long_a_session_lasts_without_use(world: World, remember: bool, minutes: int) -> None:
    sign_in = await world.sign_in()
    session = await sign_in.login(PASSWORD, LOCAL, remember=remember)
    assert session.cookie_expires == world.clock() + 43200 * 60
    # The next one is of the same kind.
    session = await sign_in.refresh(session.refresh_token, session.refresh_nonce)
    world.clock.time += minutes * 60 + 6
    with pytest.raises(TokenRefused):
        await sign_in.refresh(session.refresh_token, session.refresh_nonce)


async def test_the_time_to_remember_can_be_set(world: World) -> None:
    sign_in = await world.sign_in(remember_minutes=24 * 60)
    session = await sign_in.login(PASSWORD, LOCAL, remember=True)
    claims = claims_of(session.refresh_token)
    assert claims["exp"] - claims["iat"] == 24 * 3600  # type: ignore[operator]
    assert session.cookie_expires == world.clock() + 24 * 3600


async def test_two_tabs_may_refresh_at_the_same_time(world: World) -> None:
    sign_in = await world.sign_in()
    session = await sign_in.login(PASSWORD, LOCAL)
    first = await sign_in.refresh(session.refresh_token, session.refresh_nonce)
    world.clock.time += 29
    second = await sign_in.refresh(session.refresh_token, session.refresh_nonce)
    assert await sign_in.user_of_access(first.access_token) == "webserver"
    assert await sign_in.user_of_access(second.access_token) == "webserver"


async def replayed(sign_in: SignIn, old: Session, new: Session) -> None:
    with pytest.raises(TokenRefused):
        await sign_in.refresh(old.refresh_token, old.refresh_nonce)
    # Whoever holds the newer one is out too.
    with pytest.raises(TokenRefused):
        await sign_in.refresh(new.refresh_token, new.refresh_nonce)
    with pytest.raises(NotSignedIn):
        await sign_in.user_of_access(new.access_token)


async def test_a_used_token_some_time_later_ends_the_session(world: World) -> None:
    sign_in = await world.sign_in()
    old = await sign_in.login(PASSWORD, LOCAL)
    new = await sign_in.refresh(old.refresh_token, old.refresh_nonce)
    world.clock.time += 31
    await replayed(sign_in, old, new)


async def test_a_token_two_steps_behind_ends_the_session(world: World) -> None:
    sign_in = await world.sign_in()
    old = await sign_in.login(PASSWORD, LOCAL)
    new = await sign_in.refresh(old.refresh_token, old.refresh_nonce)
    new = await sign_in.refresh(new.refresh_token, new.refresh_nonce)
    await replayed(sign_in, old, new)


async def test_a_cookie_without_its_nonce_is_refused_and_does_no_harm(world: World) -> None:
    sign_in = await world.sign_in()
    session = await sign_in.login(PASSWORD, LOCAL)
    for nonce in ("", "wrong"):
        with pytest.raises(TokenRefused):
            await sign_in.refresh(session.refresh_token, nonce)
    await sign_in.refresh(session.refresh_token, session.refresh_nonce)


async def test_an_access_token_refreshes_nothing(world: World) -> None:
    sign_in = await world.sign_in()
    session = await sign_in.login(PASSWORD, LOCAL)
    with pytest.raises(TokenRefused):
        await sign_in.refresh(session.access_token, session.refresh_nonce)
    with pytest.raises(TokenRefused):
        await sign_in.user_of_access(session.refresh_token)


async def test_signing_out_ends_one_session(world: World) -> None:
    sign_in = await world.sign_in()
    one, other = await sign_in.login(PASSWORD, LOCAL), await sign_in.login(PASSWORD, LOCAL)
    await sign_in.logout(one.refresh_token)
    await sign_in.logout("nonsense")
    with pytest.raises(NotSignedIn):
        await sign_in.user_of_access(one.access_token)
    await sign_in.user_of_access(other.access_token)


async def test_signing_out_everywhere_voids_every_token(world: World) -> None:
    sign_in = await world.sign_in(forever_token=True)
    session = await sign_in.login(PASSWORD, LOCAL)
    forever, link = sign_in.issue_forever_token(), await sign_in.issue_signin_token()
    operation = sign_in.issue_operation_token("webserver", "export")
    before = world.key
    await sign_in.logout_everywhere()
    assert world.key != before
    assert not world.store.families
    for token in (session.access_token, forever):
        with pytest.raises(TokenRefused):
            await sign_in.user_of_access(token)
    with pytest.raises(TokenRefused):
        await sign_in.refresh(session.refresh_token, session.refresh_nonce)
    with pytest.raises(TokenRefused):
        await sign_in.signin(link)
    with pytest.raises(TokenRefused):
        sign_in.user_of_operation(operation, "export")
    await sign_in.login(PASSWORD, LOCAL)


# --- tokens ------------------------------------------------------------------------------------------------


async def test_a_link_is_good_once(world: World) -> None:
    sign_in = await world.sign_in()
    link = await sign_in.issue_signin_token()
    session = await sign_in.signin(link)
    assert await sign_in.user_of_access(session.access_token) == "server-cli"
    with pytest.raises(TokenRefused, match="used"):
        await sign_in.signin(link)


async def test_the_link_of_the_first_start_lasts_an_hour_and_others_five_minutes(world: World) -> None:
    sign_in = await world.sign_in()
    first, other = await sign_in.issue_signin_token(minutes=60), await sign_in.issue_signin_token()
    world.clock.time += 306
    with pytest.raises(TokenRefused):
        await sign_in.signin(other)
    world.clock.time += 3200
    await sign_in.signin(first)
    late = await sign_in.issue_signin_token(minutes=60)
    world.clock.time += 3606
    with pytest.raises(TokenRefused):
        await sign_in.signin(late)


async def test_a_link_of_ours_ends_with_the_process(world: World) -> None:
    link = await (await world.sign_in()).issue_signin_token(minutes=60)
    with pytest.raises(TokenRefused):
        await (await world.sign_in(None)).signin(link)


async def test_a_token_signed_by_the_tray_icon_is_good_while_it_lasts(world: World) -> None:
    """Two that ServerUtil signs within a second are the same."""
    sign_in = await world.sign_in()
    token = world.link_of_others()
    for _ in range(2):
        assert await sign_in.user_of_access((await sign_in.signin(token)).access_token) == "trayicon"


async def test_links_can_be_turned_off(world: World) -> None:
    sign_in = await world.sign_in()
    link = await sign_in.issue_signin_token()
    world.store.settings["disable-signin-tokens"] = "True"
    with pytest.raises(SigninTokensDisabled):
        await sign_in.signin(link)
    with pytest.raises(SigninTokensDisabled):
        await sign_in.issue_signin_token()


async def test_a_link_for_the_password(world: World) -> None:
    sign_in = await world.sign_in()
    session = await sign_in.signin(await sign_in.issue_signin_token_for(PASSWORD, LOCAL))
    assert await sign_in.user_of_access(session.access_token) == "web-api"
    with pytest.raises(WrongPassword):
        await sign_in.issue_signin_token_for("wrong", LOCAL)


async def test_a_token_for_one_use_is_for_that_use_and_a_minute(world: World) -> None:
    sign_in = await world.sign_in()
    token = sign_in.issue_operation_token("webserver", "export")
    assert sign_in.user_of_operation(token, "export") == "webserver"
    with pytest.raises(TokenRefused):
        sign_in.user_of_operation(token, "bugreport")
    with pytest.raises(TokenRefused):
        await sign_in.user_of_access(token)
    world.clock.time += 66
    with pytest.raises(TokenRefused):
        sign_in.user_of_operation(token, "export")
    with pytest.raises(UnknownTokenOperation):
        sign_in.issue_operation_token("webserver", "everything")


async def test_one_token_without_end_and_only_when_it_was_asked_for(world: World) -> None:
    with pytest.raises(ForeverTokenRefused):
        (await world.sign_in()).issue_forever_token()
    sign_in = await world.sign_in(forever_token=True)
    token = sign_in.issue_forever_token()
    world.clock.time += 9 * 365 * 86400
    assert await sign_in.user_of_access(token) == "forever-token"
    with pytest.raises(ForeverTokenRefused):
        sign_in.issue_forever_token()


async def test_pre_auth_tokens(world: World) -> None:
    sign_in = await world.sign_in(pre_auth_tokens=("abcdefghij", "klmnopqrst"))
    assert sign_in.user_of_preauth("klmnopqrst") == "pre-auth"
    for token in ("", "abcdefghi", "ABCDEFGHIJ"):
        with pytest.raises(NotSignedIn):
            sign_in.user_of_preauth(token)


async def test_nothing_prints_a_token(world: World) -> None:
    sign_in = await world.sign_in(pre_auth_tokens=("abcdefghij",))
    session = await sign_in.login(PASSWORD, LOCAL)
    shown = repr(session) + repr(sign_in.options)
    for secret in (session.access_token, session.refresh_token, session.refresh_nonce, "abcdefghij"):
        assert secret not in shown
