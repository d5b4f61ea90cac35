"""Options for volumes, blocks and hashes."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "volumes"

OPTIONS = (
    Option(
        "dblock-size", T.SIZE, "50mb", "Largest size of a volume; at least 1 MiB and twice the block size.",
        _GROUP, unit="mb", persisted=True,
    ),
    Option(
        "blocksize", T.SIZE, "1mb",
        "Size of the pieces files are cut into and compared by. Fixed once the backup exists.", _GROUP,
        unit="kb", persisted=True,
    ),
    Option(
        "block-hash-algorithm", T.ENUM, "SHA256",
        "Hash that identifies a block. Fixed once the backup exists.", _GROUP,
        values=("SHA1", "MD5", "SHA256", "SHA384", "SHA512"), persisted=True,
    ),
    Option(
        "file-hash-algorithm", T.ENUM, "SHA256",
        "Hash that identifies the content of a file. Fixed once the backup exists.", _GROUP,
        values=("SHA1", "MD5", "SHA256", "SHA384", "SHA512"), persisted=True,
    ),
    Option(
        "index-file-policy", T.ENUM, "Full",
        "What index volumes hold; more makes a lost database faster to rebuild.", _GROUP,
        values=("None", "Lookup", "Full"),
    ),
    Option(
        "file-read-buffer-size", T.SIZE, "0kb", "Size of the read buffer.", _GROUP, unit="kb",
        deprecated="it has no effect any more", state="inert",
        reason="the buffer size is chosen automatically",
    ),
    Option(
        "skip-file-hash-checks", T.BOOLEAN, "false",
        "Use a volume although its hash is not the recorded one; for disasters only.", _GROUP,
        state="inert",
        reason="a volume is judged by the blocks in it, so nothing refuses one for its own hash",
    ),
    Option(
        "dont-read-manifests", T.BOOLEAN, "false",
        "Do not check the manifest inside volumes; for disasters only.", _GROUP,
    ),
    Option(
        "full-block-verification", T.BOOLEAN, "false",
        "Hash each block before it is written to a restored file, not only the whole file in the end; and"
        " each block of a tested volume, not only some.",
        _GROUP,
    ),
    Option(
        "compression-module", T.STRING, "zip", "How new volumes are compressed.", _GROUP, values=("zip",),
        persisted=True, neutral=("zip",), state="refused", reason="only zip volumes are written",
    ),
    Option(
        "encryption-module", T.STRING, "aes", "How new volumes are encrypted: aes or gpg.", _GROUP,
        values=("aes", "gpg"), persisted=True,
    ),
    Option(
        "parity-module", T.STRING, "",
        "Adds parity files to volumes, for repair without a second copy: par2.", _GROUP, state="refused",
        reason="volumes are written without parity files",
    ),
    Option(
        "compression-extension-file", T.PATH, None,
        "Text file of the extensions that are stored without compression, one a line; a built-in list "
        "when not given.",
        _GROUP,
    ),
)
