"""The signed tokens. Pure: the time is a parameter, and nothing is looked up.

The key is the text of `SigningKey`, not what it decodes to; programs beside the daemon (the tray icon,
Duplicati's ServerUtil) sign tokens of their own with it. Format: spec/server.md 2.2, 2.3.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable

import jwt
import msgspec

from triplicati.config.sign_in.passwords import Verifier, derived
from triplicati.errors import TokenRefused

ACCESS = "AccessToken"
REFRESH = "RefreshToken"
SIGNIN = "SigninToken"
OPERATION = "SingleOperationToken"
# A family that has no row: tokens for the tray icon, and those without an end.
TEMPORARY = "temporary"

_NAMES = {ACCESS: "access token", REFRESH: "session", SIGNIN: "sign-in link", OPERATION: "token for one use"}
_SKEW = 5.0
_LONGEST = 8192
_FOREVER_MINUTES = 10 * 365 * 24 * 60


class JwtConfig(msgspec.Struct, frozen=True, rename="pascal", kw_only=True):
    """The setting `jwt-config`."""

    authority: str = "https://duplicati"
    audience: str = "https://duplicati"
    signing_key: str
    access_token_duration_in_minutes: int = 15
    refresh_token_duration_in_minutes: int = 43200
    refresh_token_short_lived_duration_in_minutes: int = 120
    signin_token_duration_in_minutes: int = 5
    single_operation_token_duration_in_minutes: int = 1
    max_refresh_token_drift: int = 1
    max_refresh_token_drift_seconds: int = 30
    require_refresh_nonce: bool = True
    pbkdf_config: Verifier = Verifier()

    def __repr__(self) -> str:
        return f"JwtConfig({self.authority})"


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says. `issued` and `expires` in Unix seconds; `id` only in sign-in tokens of this
    process, `random` only in those of `control`."""

    kind: str
    user: str
    family: str = ""
    counter: int = 0
    operation: str = ""
    nonce_hash: str = ""
    id: str = ""
    random: str = ""
    issued: float = 0
    expires: float = 0


def new_config() -> JwtConfig:
    return JwtConfig(signing_key=base64.b64encode(secrets.token_bytes(32)).decode())


def read_config(setting: str) -> JwtConfig | None:
    """None where there is none that can be used."""
    try:
        found = msgspec.json.decode(setting, type=JwtConfig)
    except msgspec.DecodeError:
        return None
    return found if len(found.signing_key) >= 32 else None


class Tokens:
    """Writes and reads tokens with one key."""

    def __init__(self, config: JwtConfig, now: Callable[[], float]) -> None:
        self.config = config
        self._now = now

    def access(self, user: str, family: str) -> str:
        return self._signed(ACCESS, user, self.config.access_token_duration_in_minutes, fam=family)

    def named(self, user: str, family: str, expires: float) -> str:
        """An access token that lasts until `expires` (Unix seconds), or until its family is gone."""
        minutes = max(1, round((expires - self._now()) / 60))
        return self._signed(ACCESS, user, minutes, fam=family)

    def forever(self, user: str) -> str:
        return self._signed(ACCESS, user, _FOREVER_MINUTES, fam=TEMPORARY)

    def refresh(self, user: str, family: str, counter: int, nonce: str, *, minutes: int) -> str:
        return self._signed(REFRESH, user, minutes, fam=family, cnt=counter, nce=self.nonce_hash(nonce))

    def signin(self, user: str, *, minutes: int | None = None, id_: str = "") -> str:
        # Each is good once, so two of the same second must not be equal.
        extra = {"jti": id_} if id_ else {"rnd": secrets.token_hex(8)}
        return self._signed(SIGNIN, user, minutes or self.config.signin_token_duration_in_minutes, **extra)

    def operation(self, user: str, operation: str) -> str:
        minutes = self.config.single_operation_token_duration_in_minutes
        return self._signed(OPERATION, user, minutes, sop=operation)

    def nonce_hash(self, nonce: str) -> str:
        """Some milliseconds of work."""
        return derived(nonce, self.config.pbkdf_config)

    def is_long(self, claims: Claims) -> bool:
        """Whether a refresh token is of the kind that is remembered for weeks."""
        short = self.config.refresh_token_short_lived_duration_in_minutes * 60
        return claims.expires - claims.issued > short

    def read(self, token: str, kind: str) -> Claims:
        """Raises `TokenRefused` where it is not of that kind, not signed by us, or not of this time."""
        refuse = _NAMES[kind]
        if len(token) > _LONGEST:
            raise TokenRefused(kind=refuse, reason="it is too long")
        claims = self._checked(token, refuse)
        if claims.kind != kind:
            raise TokenRefused(kind=refuse, reason="it is of another kind")
        now = self._now()
        if not claims.issued - _SKEW <= now <= claims.expires + _SKEW:
            raise TokenRefused(kind=refuse, reason="its time is over")
        return claims

    def _checked(self, token: str, refuse: str) -> Claims:
        try:
            found = jwt.decode(
                token,
                self.config.signing_key.encode(),
                algorithms=["HS256"],
                audience=self.config.audience,
                issuer=self.config.authority,
                # The library looks at the clock itself; our caller's clock decides, in `read`.
                options={"require": ["exp"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
            return _claims(found)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError, OverflowError):
            # What a library says of a token may quote it.
            raise TokenRefused(kind=refuse, reason="it is damaged or not ours") from None

    def _signed(self, kind: str, user: str, minutes: int, **extra: str | int) -> str:
        now = int(self._now())
        claims = {
            "iss": self.config.authority,
            "aud": self.config.audience,
            "nbf": now,
            "iat": now,
            "exp": now + minutes * 60,
            "typ": kind,
            "sid": user,
            **extra,
        }
        return jwt.encode(claims, self.config.signing_key.encode(), algorithm="HS256")


def _claims(found: dict[str, object]) -> Claims:
    """.NET writes numbers of its own claims as text."""
    expires = _number(found["exp"])
    return Claims(
        kind=str(found["typ"]),
        user=str(found["sid"]),
        family=str(found.get("fam", "")),
        counter=int(_number(found.get("cnt", 0))),
        operation=str(found.get("sop", "")),
        nonce_hash=str(found.get("nce", "")),
        id=str(found.get("jti", "")),
        random=str(found.get("rnd", "")),
        issued=_number(found.get("nbf", found.get("iat", 0))),
        expires=expires,
    )


def _number(value: object) -> float:
    if not isinstance(value, int | float | str):
        raise TypeError("no number")
    return float(value)
