"""Which form of the icon stands in a panel, by its picture."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageStat

from support.desk_process import icon_box, icon_picture
from support.desktop_session import LIGHT, DesktopSession, until
from triplicati_tray.desk import Light
from triplicati_tray.desktop.icon_images import icon_image

FORMS: list[tuple[Light, int]] = [
    ("idle", -1), ("running", -1), ("running", 25), ("running", 75),
    ("paused", -1), ("warning", -1), ("error", -1), ("disconnected", -1), ("starting", -1),
]  # fmt: skip


def shows(session: DesktopSession, form: tuple[Light, int], ground: str = LIGHT) -> None:
    until(lambda: form_shown(session, ground) == form, lambda: f"{form}")


def light_shown(session: DesktopSession, ground: str) -> Light | None:
    """The same as `form_shown`, with a ring of any length."""
    found = form_shown(session, ground, [*FORMS, *(("running", share) for share in range(0, 101, 10))])
    return found and found[0]


def form_shown(
    session: DesktopSession, ground: str, forms: list[tuple[Light, int]] = FORMS
) -> tuple[Light, int] | None:
    """The one of the forms that what stands in the panel is most like, if it is very like it."""
    panel = icon_picture(session)
    box = icon_box(session)
    if box is None:
        return None
    found = []
    for form in forms:
        picture = icon_image(*form)
        for side in range(20, 28):
            small = picture.resize((side, side), Image.Resampling.BILINEAR, reducing_gap=3)
            flat = Image.new("RGB", (side, side), ground)
            flat.paste(small, (0, 0), small)
            inner = ImageChops.difference(flat, Image.new("RGB", flat.size, ground)).getbbox()
            if inner is None:
                continue
            left, top = box[0] - inner[0], box[1] - inner[1]
            there = panel.crop((left, top, left + side, top + side))
            found.append((sum(ImageStat.Stat(ImageChops.difference(there, flat)).mean), form))
    distance, form = min(found)
    return form if distance < 45 else None
