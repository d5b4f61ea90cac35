"""How a failure is told: its sentence, its stable name, and details for whoever looks into a bug."""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Iterator

from triplicati.errors import TriplicatiError
from triplicati.values.plain_text import plain_text

log = logging.getLogger(__name__)


@contextlib.contextmanager
def survived(what: str) -> Iterator[None]:
    """Around what can be done again later: a full disk, or a bug, must not end the daemon."""
    try:
        yield
    except TriplicatiError as error:
        log.warning("%s failed: %s", what, error)
    except Exception:
        log.exception("%s failed", what)


def sentence_of(error: Exception) -> str:
    text = str(error) if isinstance(error, TriplicatiError) else f"{type(error).__name__}: {error}"
    return plain_text(text)


def identity_of(error: Exception) -> str:
    return error.id if isinstance(error, TriplicatiError) else type(error).__name__


def details_of(error: Exception) -> str:
    """What a user can mend has its sentence."""
    if isinstance(error, TriplicatiError):
        return plain_text(f"{error.id}: {error}")
    return plain_text("".join(traceback.format_exception(error)))
