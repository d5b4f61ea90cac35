"""Whether a server that has ended is started again, and when (spec/server.md 10.1)."""

from __future__ import annotations

import msgspec

from triplicati.errors import (
    AdoptionFailed,
    CertificateUnusable,
    DataFolderClosed,
    EmptyPassword,
    InsecureDataFolderPermissions,
    InvalidValue,
    OptionNotBuilt,
    OtherInstance,
    ParametersFileUnusable,
    SecretMissing,
    SecretProviderExtraMissing,
    SecretProviderUnusable,
    ServerDatabaseForeign,
    ServerDatabaseTooNew,
    SettingsKeyInvalid,
    SettingsKeyMissing,
    UsageError,
    WrongSettingsKey,
)

PASSWORD_SET, PASSWORD_KEPT = 102, 103
_FAILED = 100
_FIRST_STARTS = 5
_LONGEST = 300.0
_GOOD = 600.0
# Another try meets the same. Not among them: what the start of a computer mends, as a taken port, an address
# that the network brings, a folder that is mounted late.
_FINAL = frozenset(
    each.__name__
    for each in (
        AdoptionFailed,
        CertificateUnusable,
        DataFolderClosed,
        EmptyPassword,
        InsecureDataFolderPermissions,
        InvalidValue,
        OptionNotBuilt,
        OtherInstance,
        ParametersFileUnusable,
        SecretMissing,
        SecretProviderExtraMissing,
        SecretProviderUnusable,
        ServerDatabaseForeign,
        ServerDatabaseTooNew,
        SettingsKeyInvalid,
        SettingsKeyMissing,
        UsageError,
        WrongSettingsKey,
    )
)


class Life(msgspec.Struct, frozen=True):
    """How a server has ended. `code` is negative for a signal, `error` the id of the error it told, `text`
    the last of what it said on standard error; `hung` when it was killed because it did not answer."""

    code: int
    seconds: float
    came_up: bool
    hung: bool = False
    error: str = ""
    text: str = ""

    @property
    def how(self) -> str:
        if self.hung:
            return f"did not {'' if self.came_up else 'come to '}answer and was killed"
        return f"was ended by signal {-self.code}" if self.code < 0 else f"has ended with code {self.code}"


class Restarts(msgspec.Struct, frozen=True):
    """What is remembered from one life to the next. `failures` counts those in a row that were short."""

    delay: float
    failures: int = 0
    been_up: bool = False

    def after(self, life: Life) -> Restarts:
        good = life.came_up and life.seconds >= _GOOD
        return Restarts(self.delay, 1 if good else self.failures + 1, self.been_up or life.came_up)

    @property
    def wait(self) -> float:
        """Seconds until the next start."""
        return min(self.delay * 2.0 ** min(self.failures - 1, 20), max(_LONGEST, self.delay))

    def exit_code(self, life: Life) -> int | None:
        """The one to end with, after `life`; None to start again. One that has come up once is never given
        up."""
        if life.code in (PASSWORD_SET, PASSWORD_KEPT):
            return life.code
        if self.been_up:
            return None
        if life.error in _FINAL or self.failures > _FIRST_STARTS:
            return life.code if life.code > 0 else _FAILED
        return None
