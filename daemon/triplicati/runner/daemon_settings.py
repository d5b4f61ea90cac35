"""What the daemon is started with, and the numbers by which clients see that something is new."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from triplicati.config.datafolder import DataFolder
from triplicati.config.sign_in import SignInOptions

_DAY = 86400.0
# Minutes that a sign-in lasts where nothing else is said (spec/server.md 2.2).
_REMEMBERED = 43200


class DaemonSettings(msgspec.Struct, kw_only=True, frozen=True):
    """What the command line says to the daemon itself. `log_retention` and `patience`, for what runs when the
    daemon stops, in seconds; `usual` options hold for jobs that say nothing else, `forced` ones whatever a
    job says."""

    folder: DataFolder
    environment: Mapping[str, str]
    program: Path
    log_retention: float = 30 * 86400.0
    origin: str = "Server"
    zone: str = ""
    patience: float = 10.0
    usual: Mapping[str, str] = {}
    forced: Mapping[str, str] = {}
    sign_in: SignInOptions = msgspec.field(default_factory=SignInOptions)

    @property
    def longest_session(self) -> float:
        """Seconds after which nobody is signed in any more who did not come back."""
        return (self.sign_in.remember_minutes or _REMEMBERED) * 60.0 + _DAY


class Counters(msgspec.Struct):
    """Numbers that clients compare with the ones they saw last (spec/server.md 3.7)."""

    events: int = 0
    data: int = 0
    notifications: int = 0
