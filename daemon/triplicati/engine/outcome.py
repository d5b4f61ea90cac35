"""The one place where what comes out of nurseries becomes a typed result or one error of ours."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import apsw

from triplicati.errors import DiskFull, TriplicatiError, WorkerDied, disk_error

T = TypeVar("T")
_TEMPORARY = "the temporary files"
# The second is of a scratch database: what the local one raises is explained where it is opened.
_OF_A_DISK = (OSError, apsw.FullError)


async def settled(operation: Callable[[], Awaitable[T]]) -> T:
    """Runs an operation. Cancellation and bugs travel on; of several errors of ours the most telling one is
    raised, with the group as its cause."""
    try:
        return await operation()
    except BaseExceptionGroup as group:
        known, rest = group.split(lambda error: isinstance(error, (TriplicatiError, *_OF_A_DISK)))
        if rest is not None or known is None:
            raise
        raise _most_telling(list(_leaves(known))) from group
    except _OF_A_DISK as error:
        raise _explained(error) from error


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _most_telling(found: list[BaseException]) -> TriplicatiError:
    """A worker that died is most often a consequence of the other error."""
    ours = [error for error in found if isinstance(error, TriplicatiError)]
    ours += [_explained(error) for error in found if isinstance(error, _OF_A_DISK)]
    return min(ours, key=lambda error: isinstance(error, WorkerDied))


def _explained(error: OSError | apsw.FullError) -> TriplicatiError:
    if isinstance(error, OSError):
        return disk_error(error, _TEMPORARY)
    return DiskFull(path=_TEMPORARY, reason=str(error))
