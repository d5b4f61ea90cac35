"""Options of encryption and parity."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "encryption"
_PARITY = "it only matters with --parity-module"

OPTIONS = (
    Option(
        "aes-version", T.ENUM, "2", "Version of the AES Crypt format to write.", _GROUP, values=("2", "3"),
        state="refused", neutral=("2",), reason="version 2 is written, which every Duplicati can read",
    ),
    Option(
        "aes-v3-iterations", T.INTEGER, None,
        "Rounds of the key derivation of version 3; the usual number when not given.", _GROUP,
        state="inert", reason="it only matters with --aes-version=3",
    ),
    Option(
        "aes-minimal-header", T.BOOLEAN, "false", "Leave the name of the program out of the header.",
        _GROUP, state="inert", reason="the header names the program and the day, nothing else",
    ),
    Option(
        "gpg-program-path", T.PATH, None, "The GnuPG program; gpg or gpg2 from PATH when not given.",
        _GROUP,
    ),
    Option(
        "gpg-encryption-command", T.STRING, "--symmetric", "What GnuPG is told to do when encrypting.",
        _GROUP,
    ),
    Option(
        "gpg-decryption-command", T.STRING, "--decrypt", "What GnuPG is told to do when decrypting.",
        _GROUP,
    ),
    Option("gpg-encryption-switches", T.STRING, "", "More switches for GnuPG when encrypting.", _GROUP),
    Option("gpg-decryption-switches", T.STRING, "", "More switches for GnuPG when decrypting.", _GROUP),
    Option("gpg-encryption-enable-armor", T.BOOLEAN, "false", "Write volumes as text (armor).", _GROUP),
    Option(
        "parity-redundancy-level", T.INTEGER, "5", "Percent of parity data.", _GROUP, state="inert",
        reason=_PARITY,
    ),
    Option("par2-program-path", T.PATH, "par2", "The par2 program.", _GROUP, state="inert", reason=_PARITY),
    Option(
        "par2-extra-options", T.STRING, None, "More options for par2.", _GROUP, state="inert",
        reason=_PARITY,
    ),
)
