"""Options of the command line itself."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "command-line"

OPTIONS = (
    Option(
        "parameters-file", T.PATH, None,
        "Read options from this file, one a line; they go before those of the command line.", _GROUP,
        aliases=("parameter-file", "parameterfile"),
    ),
    Option("quiet-console", T.BOOLEAN, "false", "Show results only, no progress and no log lines.", _GROUP),
    Option(
        "result-format", T.ENUM, "Text", "How the result of a command is printed.", _GROUP,
        values=("Text", "Json"),
    ),
    Option(
        "auto-update", T.BOOLEAN, "false", "Look for a newer release afterwards.", _GROUP, state="inert",
        reason="updates come the way Triplicati was installed",
    ),
    Option("portable-mode", T.BOOLEAN, "false", "Keep the data folder next to the program.", _GROUP),
    Option("server-datafolder", T.PATH, None, "The data folder.", _GROUP),
    Option(
        "allow-insecure-datafolder", T.BOOLEAN, "false", "Accept a data folder that other users can read.",
        _GROUP,
    ),
    Option(
        "force-passphrase-from-stdin", T.BOOLEAN, "false",
        "Read the passphrase from standard input; a new backup reads it twice.", _GROUP,
    ),
    Option(
        "allowed-backend-modules", T.STRING, None,
        "The only destination types that may be used, separated by commas.", _GROUP,
    ),
    Option(
        "allowed-encryption-modules", T.STRING, None,
        "The only encryption that may be used, separated by commas.", _GROUP,
    ),
    Option(
        "allowed-compression-modules", T.STRING, None,
        "The only compression that may be used, separated by commas.", _GROUP,
    ),
    Option(
        "restore-ignore-free-space", T.BOOLEAN, "false",
        "Restore although the disk tells of too little room, as one that compresses may.", _GROUP,
    ),
    Option(
        "remote-volume-size", T.SIZE, None, "Listed by Duplicati beside dblock-size, and never read.",
        _GROUP, unit="mb", state="inert", reason="Duplicati ignores it too; use --dblock-size",
    ),
)
