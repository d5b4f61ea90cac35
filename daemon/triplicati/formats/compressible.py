"""Which data is worth compressing (spec/format.md 8). Any choice is compatible; this one saves time."""

from __future__ import annotations

from collections.abc import Collection

from triplicati.formats.deflate import Compress

# Formats that are compressed or encrypted in themselves.
_EXTENSIONS = """
7z ace alz apk arc arj br bz bz2 cab cb7 cbr cbz deb dmg ear gz gzip jar lha lrz lz lz4 lzh lzma lzo msi
msix msu nupkg pack par2 pea rar rpm rz s7z sfx sit sitx tbz tbz2 tgz tlz txz tzst war whl xapk xar xpi xz z
zip zipx zoo zst arw avif cr2 cr3 dng gif heic heif jfif jp2 jpe jpeg jpg jxl nef orf png raf rw2 webp 3g2
3gp aac ac3 aif amr ape asf avi dts f4v flac flv m2ts m2v m4a m4b m4p m4v mka mkv mov mp2 mp3 mp4 mpc mpeg
mpg mts oga ogg ogm ogv opus ra rm rmvb spx tta vob webm wma wmv wv docm docx dotx epub kdbx  odb odf odg
odp ods odt oxps potx ppsx pptm pptx vsdx vsix xlsb xlsm xlsx eot woff woff2 aes asc axx enc fve gpg hc p7m
pgp tc dar esd mrimg swm tib tibx wim jks keystore pfx
"""
STORED_EXTENSIONS = frozenset(_EXTENSIONS.split())
_PROBE = 16 << 10
_LARGE = 64 << 10


def is_stored_extension(name: str, extensions: Collection[str] = STORED_EXTENSIONS) -> bool:
    """By the last extension of a file name, whatever its case."""
    dot = name.rfind(".")
    return dot > 0 and name[dot + 1 :].lower() in extensions


def worth_compressing(data: bytes, compress: Compress) -> bool:
    """Probes 16 KiB from the middle of a large block; small ones are simply tried."""
    if len(data) < _LARGE:
        return True
    middle = len(data) // 2
    probe = data[middle : middle + _PROBE]
    return len(compress(probe)) < len(probe) * 0.97
