"""Icons as pictures: drawn with Pillow, and the mark as SVG, from the same shapes."""

from __future__ import annotations

import hashlib
import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from triplicati_tray.desk import Light
from triplicati_tray.desktop.drawing import SIDE, Bar, Corners, Disc, Sector, Shape, Stroke, mark, shapes

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

# Drawn so many times larger and then made small, since Pillow draws without smooth edges.
_FINER = 8
_NOTHING = (0, 0, 0, 0)
Colour = str | tuple[int, int, int, int]


def icon_image(light: Light, progress: int = -1, side: int = SIDE) -> Image:
    """A square with an alpha channel, `side` pixels wide. `progress` in percent counts for "running" alone,
    in steps of 5; -1 where it cannot be told. Whoever gets it does not change it: it is kept."""
    known = light == "running" and progress >= 0
    return _form(light, progress - progress % 5 if known else -1, side)


def mark_image(side: int) -> Image:
    return _drawn(mark(), side)


def icon_file(image: Image, folder: Path) -> Path:
    """The picture as a PNG file in `folder`, made where it is missing. Its name is that of its contents: a
    panel that knows the name knows the picture. Raises `OSError`."""
    path = folder / f"{hashlib.sha256(image.tobytes()).hexdigest()[:24]}.png"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        image.save(fresh, "PNG")
        fresh.replace(path)
    return path


def mark_svg() -> str:
    """The mark as a file of its own: ``triplicati.svg`` beside this module is this text."""
    bars = "".join(f"  {_svg_bar(shape)}\n" for shape in mark() if isinstance(shape, Bar))
    size = f'width="{SIDE}" height="{SIDE}" viewBox="0 0 {SIDE} {SIDE}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{bars}</svg>\n'


def _svg_bar(bar: Bar) -> str:
    place = f'x="{bar.left:g}" y="{bar.top:g}" width="{bar.width:g}" height="{bar.height:g}"'
    return f'<rect {place} rx="{bar.corner:g}" fill="{bar.fill}"/>'


@lru_cache(maxsize=64)
def _form(light: Light, progress: int, side: int) -> Image:
    return _drawn(shapes(light, progress), side)


def _drawn(all_shapes: list[Shape], side: int) -> Image:
    from PIL import Image, ImageDraw  # noqa: PLC0415 - slow to import

    large = side * _FINER
    image = Image.new("RGBA", (large, large), _NOTHING)
    pen = ImageDraw.Draw(image)
    for shape in all_shapes:
        _draw(pen, shape, large / SIDE)
    # Colours weighted by how much they cover: else the edges take on the colour of what is not there.
    return image.convert("RGBa").resize((side, side), Image.Resampling.BOX).convert("RGBA")


def _draw(pen: ImageDraw, shape: Shape, scale: float) -> None:
    fill: Colour = shape.fill or _NOTHING
    match shape:
        case Bar():
            right, bottom = shape.left + shape.width, shape.top + shape.height
            box = _scaled(scale, shape.left, shape.top, right, bottom)
            pen.rounded_rectangle(_within(box), shape.corner * scale, fill=fill)
        case Disc():
            pen.ellipse(_around(scale, shape.centre, shape.radius), fill=fill)
        case Sector():
            box = _around(scale, shape.centre, shape.radius)
            pen.pieslice(box, shape.begin - 90, shape.end - 90, fill=fill)
        case Corners():
            pen.polygon([(x * scale, y * scale) for x, y in shape.points], fill=fill)
            ends = [*shape.points[1:], shape.points[0]]
            for begin, end in zip(shape.points, ends, strict=True):
                _draw(pen, Stroke(begin, end, 2 * shape.grown, shape.fill), scale)
        case Stroke():
            line = _scaled(scale, *shape.begin, *shape.end)
            pen.line(line, fill=fill, width=round(shape.width * scale))
            for centre in (shape.begin, shape.end):
                pen.ellipse(_around(scale, centre, shape.width / 2), fill=fill)


def _around(scale: float, centre: tuple[float, float], radius: float) -> tuple[float, float, float, float]:
    x, y = centre
    return _within(_scaled(scale, x - radius, y - radius, x + radius, y + radius))


def _within(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Pillow counts the last pixel in."""
    left, top, right, bottom = box
    return left, top, right - 1, bottom - 1


def _scaled(
    scale: float, left: float, top: float, right: float, bottom: float
) -> tuple[float, float, float, float]:
    return left * scale, top * scale, right * scale, bottom * scale
