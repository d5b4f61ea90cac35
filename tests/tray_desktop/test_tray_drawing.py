"""Icons as pictures: told apart by everyone, on any panel."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

import triplicati_tray.desktop
from triplicati_tray.desk import Light
from triplicati_tray.desktop.icon_images import icon_file, icon_image, mark_svg

LIGHTS: tuple[Light, ...] = (
    "idle", "running", "paused", "warning", "error", "disconnected", "starting",
)  # fmt: skip


@pytest.mark.parametrize("ground", [16, 128, 240])
@pytest.mark.parametrize(("one", "other"), list(combinations(LIGHTS, 2)))
def test_two_forms_differ_for_who_sees_no_colour(one: Light, other: Light, ground: int) -> None:
    grey = [seen_without_colour(light, ground) for light in (one, other)]
    assert ImageStat.Stat(ImageChops.difference(*grey)).mean[0] > 10


@pytest.mark.parametrize("ground", [32, 242])
@pytest.mark.parametrize("light", LIGHTS)
def test_a_form_stands_out_from_its_panel(light: Light, ground: int) -> None:
    grey = seen_without_colour(light, ground)
    flat = Image.new("L", grey.size, ground)
    strong = ImageChops.difference(grey, flat).point(lambda value: 255 if value > 40 else 0)
    left, top, right, bottom = strong.getbbox() or (0, 0, 0, 0)
    assert min(right - left, bottom - top) >= 17


def seen_without_colour(light: Light, ground: int) -> Image.Image:
    picture = icon_image(light, side=22)
    flat = Image.new("L", picture.size, ground)
    flat.paste(picture.convert("L"), (0, 0), picture)
    return flat


def test_the_ring_grows_with_each_step_and_differs_from_one_that_tells_nothing() -> None:
    def white(progress: int) -> float:
        return ImageStat.Stat(icon_image("running", progress, 24).convert("L")).mean[0]

    steps = [white(progress) for progress in range(0, 101, 5)]
    assert all(later > earlier for earlier, later in pairwise(steps))
    assert all(icon_image("running", -1) != icon_image("running", progress) for progress in range(0, 101, 5))


def test_a_picture_is_drawn_once() -> None:
    assert icon_image("error") is icon_image("error", 40)
    assert icon_image("running", 43) is icon_image("running", 40)


def test_edges_have_the_colour_of_the_form_and_not_of_what_is_not_there() -> None:
    picture = icon_image("idle")
    opaque = picture.getpixel((2 * picture.width // 16, picture.height // 2))
    edges = [
        colour
        for _, colour in picture.getcolors(picture.width * picture.height) or ()
        if isinstance(colour, tuple) and 0 < colour[3] < 255 and colour[3] > 100
    ]
    assert isinstance(opaque, tuple)
    assert edges
    for edge in edges:
        assert all(abs(part - whole) <= 3 for part, whole in zip(edge[:3], opaque[:3], strict=True))


def test_the_file_is_named_by_its_contents(tmp_path: Path) -> None:
    first = icon_file(icon_image("idle"), tmp_path)
    assert icon_file(icon_image("idle"), tmp_path) == first
    assert icon_file(icon_image("error"), tmp_path) != first
    with Image.open(first) as written:
        assert written.tobytes() == icon_image("idle").tobytes()
    assert len(list(tmp_path.iterdir())) == 2


def test_the_drawing_in_the_package_is_the_mark() -> None:
    folder = Path(triplicati_tray.desktop.__file__).parent
    assert (folder / "triplicati.svg").read_text() == mark_svg()
