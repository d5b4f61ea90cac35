"""The one place where what comes out of nurseries becomes a typed result or one error of ours."""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from triplicati.errors import DiskFull, TriplicatiError, WorkerDied

T = TypeVar("T")


async def settled(operation: Callable[[], Awaitable[T]]) -> T:
    """Runs an operation. Cancellation and bugs travel on; of several errors of ours the most telling one is
    raised, with the group as its cause."""
    try:
        return await operation()
    except BaseExceptionGroup as group:
        known, rest = group.split(lambda error: isinstance(error, (TriplicatiError, OSError)))
        if rest is not None or known is None:
            raise
        raise _most_telling(list(_leaves(known))) from group
    except OSError as error:
        raise _explained(error) from error


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _most_telling(found: list[BaseException]) -> TriplicatiError:
    """A worker that died is most often a consequence of the other error."""
    ours = [error if isinstance(error, TriplicatiError) else _explained(error) for error in found]
    return min(ours, key=lambda error: isinstance(error, WorkerDied))


def _explained(error: BaseException) -> TriplicatiError:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", -1)):
        return DiskFull(path=error.filename or "the temporary files", reason=error.strerror)
    return TriplicatiError(reason=str(error))
