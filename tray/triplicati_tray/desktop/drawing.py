"""The mark of Triplicati, three copies one above the other, and its forms, as plain shapes on a field
64 wide and 64 high.

Each form differs from the others in outline and not by its colour alone. Every form brings its own ground, so
that it can be read on a light and on a dark panel.
"""

from __future__ import annotations

import msgspec

from triplicati_tray.desk import Light

SIDE = 64
Point = tuple[float, float]

TEAL = "#0d7f86"
BLUE = "#2474c2"
SLATE = "#66757b"
AMBER = "#e8a200"
RED = "#d22f2a"
WHITE = "#ffffff"
INK = "#1c2426"


class Bar(msgspec.Struct, frozen=True):
    """A rectangle with round corners. `fill` of None cuts out what was drawn before."""

    left: float
    top: float
    width: float
    height: float
    corner: float
    fill: str | None


class Disc(msgspec.Struct, frozen=True):
    centre: Point
    radius: float
    fill: str | None


class Sector(msgspec.Struct, frozen=True):
    """A piece of a cake, in degrees clockwise from the top."""

    centre: Point
    radius: float
    begin: float
    end: float
    fill: str | None


class Corners(msgspec.Struct, frozen=True):
    """A polygon whose corners are rounded by as much as `grown`, on all sides."""

    points: tuple[Point, ...]
    grown: float
    fill: str | None


class Stroke(msgspec.Struct, frozen=True):
    """A line with round ends."""

    begin: Point
    end: Point
    width: float
    fill: str | None


Shape = Bar | Disc | Sector | Corners | Stroke

_MIDDLE = (32.0, 32.0)
_BADGE = (46.0, 46.0)


def mark() -> list[Shape]:
    """The mark when all is well."""
    return [Bar(4, 4, 56, 56, 14, TEAL), *_copies(WHITE)]


def shapes(light: Light, progress: int = -1) -> list[Shape]:
    """The form for a light, from the ground up. `progress` in percent counts for "running" alone; -1 where it
    cannot be told."""
    match light:
        case "idle":
            return mark()
        case "running":
            return _ring(progress)
        case "paused":
            bars = [Bar(left, 18, 9, 28, 3, WHITE) for left in (18.5, 36.5)]
            return [Bar(4, 4, 56, 56, 14, SLATE), *bars]
        case "warning":
            return [*mark(), *_triangle()]
        case "error":
            return [*mark(), *_cross()]
        case "disconnected":
            return _hollow()
        case "starting":
            return [Bar(4, 4, 56, 56, 14, SLATE), *(Disc((x, 32), 5.5, WHITE) for x in (17, 32, 47))]


def _copies(fill: str) -> list[Shape]:
    return [Bar(left, top, 30, 8.5, 3, fill) for left, top in ((20, 14), (17, 27.75), (14, 41.5))]


def _ring(progress: int) -> list[Shape]:
    """How much is done, clockwise from the top; three pieces of a ring where that cannot be told."""
    if progress < 0:
        pieces = [(begin, begin + 70.0) for begin in (0.0, 120.0, 240.0)]
    else:
        pieces = [(0.0, 3.6 * min(progress, 100))]
    done = [Sector(_MIDDLE, 28.5, begin, end, WHITE) for begin, end in pieces if end > begin]
    small = [Bar(left, top, 17, 5.5, 2, WHITE) for left, top in ((25.5, 21), (23.5, 29.25), (21.5, 37.5))]
    return [Disc(_MIDDLE, 32, BLUE), *done, Disc(_MIDDLE, 19.5, BLUE), *small]


def _triangle() -> list[Shape]:
    points = ((46.0, 32.0), (59.0, 57.0), (33.0, 57.0))
    sign: list[Shape] = [Stroke((46, 41), (46, 48), 4.4, INK), Disc((46, 55), 2.6, INK)]
    return [Corners(points, 8.5, None), Corners(points, 4.5, AMBER), *sign]


def _cross() -> list[Shape]:
    x, y, reach = *_BADGE, 6.5
    lines = [
        Stroke((x - reach, y - reach), (x + reach, y + reach), 5, WHITE),
        Stroke((x - reach, y + reach), (x + reach, y - reach), 5, WHITE),
    ]
    return [Disc(_BADGE, 22, None), Disc(_BADGE, 17.5, RED), *lines]


def _hollow() -> list[Shape]:
    """An empty frame, struck through."""
    frame = [Bar(4, 4, 56, 56, 14, SLATE), Bar(12, 12, 40, 40, 7, None)]
    struck = [Stroke((10, 54), (54, 10), 17, None), Stroke((8, 56), (56, 8), 7.5, RED)]
    return [*frame, *struck]
