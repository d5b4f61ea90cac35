"""What every answer below ``/api/v2`` is wrapped in (spec/server.md 3.15)."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class PageInfo(msgspec.Struct, frozen=True, rename="pascal"):
    """`page_size` 0 is no limit."""

    page: int
    page_size: int
    total: int
    pages: int


class Envelope(msgspec.Struct, Generic[T], frozen=True, rename="pascal"):
    """Failures come with status 200 too; `status_code` tells them apart."""

    data: T | None
    success: bool = True
    error: str | None = None
    status_code: str = "OK"


class PagedEnvelope(msgspec.Struct, Generic[T], frozen=True, rename="pascal"):
    data: list[T]
    page_info: PageInfo
    success: bool = True
    error: str | None = None
    status_code: str = "OK"


def page_info(page: int, page_size: int, total: int) -> PageInfo:
    pages = -(-total // page_size) if page_size > 0 else int(total > 0)
    return PageInfo(page, page_size, total, pages)
