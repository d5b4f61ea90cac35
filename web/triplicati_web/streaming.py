"""An answer that is an open file, sent piece by piece."""

from __future__ import annotations

from types import TracebackType
from typing import IO

import trio
from quart.wrappers.response import ResponseBody

_PIECE = 256 << 10


class FileContent(ResponseBody):
    """Closes the file when it is sent, or nobody takes it any more."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    async def __aenter__(self) -> FileContent:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __aiter__(self) -> FileContent:
        return self

    async def __anext__(self) -> bytes:
        part = await trio.to_thread.run_sync(self._file.read, _PIECE)
        if not part:
            raise StopAsyncIteration
        return part
