"""What the beginning of a file is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.runner.content_kinds import decoded, image_type

_PLAIN = st.text(st.characters(exclude_categories=("Cc", "Cs")))


@given(_PLAIN.filter(lambda text: not text.startswith("\ufeff")), st.integers(0, 200))
def test_text_that_is_cut_off_is_still_text(text: str, length: int) -> None:
    content = text.encode()
    cut = content[:length]
    found = decoded(cut, whole=length >= len(content))
    assert found is not None
    assert (text.startswith(found[0]), found[1]) == (True, "utf-8")
    assert len(found[0].encode()) > len(cut) - 4


@given(_PLAIN)
def test_marked_utf_16(text: str) -> None:
    assert decoded(b"\xff\xfe" + text.encode("utf-16-le"), whole=True) == (text, "utf-16-le")
    assert decoded(b"\xfe\xff" + text.encode("utf-16-be"), whole=True) == (text, "utf-16-be")


@given(st.binary())
def test_anything_is_looked_at_without_error(content: bytes) -> None:
    for whole in (False, True):
        found = decoded(content, whole=whole)
        if b"\0" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
            assert found is None


def test_old_text() -> None:
    assert decoded(b"gr\xfc\xdfe\n", whole=True) == ("grüße\n", "latin-1")
    assert decoded(b"\xc3", whole=True) == ("Ã", "latin-1")
    assert decoded(b"\xc3", whole=False) == ("", "utf-8")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0..", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"\x00\x00\x00\x20ftypavif", "image/avif"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", ""),
        (b"<html>", ""),
        (b"RIFF\x00\x00\x00\x00WAVE", ""),
        (b"", ""),
    ],
)
def test_images(head: bytes, kind: str) -> None:
    assert image_type(head) == kind
