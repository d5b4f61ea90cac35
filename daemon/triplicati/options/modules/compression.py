"""Options of the zip volumes."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "compression"

OPTIONS = (
    Option(
        "zip-compression-level", T.INTEGER, None,
        "0 stores, 9 packs tightest; when not given, chosen by what is slower, packing or uploading.",
        _GROUP, fallback="compression-level",
    ),
    Option(
        "compression-level", T.INTEGER, None, "Older name of zip-compression-level.", _GROUP,
        deprecated="use zip-compression-level",
    ),
    Option(
        "zip-compression-method", T.ENUM, "Deflate", "How the entries of a volume are compressed.", _GROUP,
        values=("None", "Deflate", "BZip2", "LZMA", "PPMd", "GZip", "Xz", "Deflate64", "ZStandard"),
    ),
    Option(
        "zip-compression-library", T.ENUM, "Auto", "Library that compresses.", _GROUP,
        values=("Auto", "SharpCompress", "BuiltIn"), state="inert",
        reason="the library follows from the level",
    ),
    Option(
        "zip-compression-zip64", T.BOOLEAN, "true", "Use the zip64 form.", _GROUP,
        deprecated="it has no effect any more", state="inert",
        reason="the zip64 form is used where it is needed",
    ),
    Option(
        "tzstd-memory-buffer", T.BOOLEAN, "false", "Keep tzstd volumes in memory.", _GROUP, state="inert",
        reason="only zip volumes are written",
    ),
)
