"""Options for passphrases and where they come from."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_GROUP = "secrets"

OPTIONS = (
    Option(
        "passphrase", T.PASSWORD, None,
        "Passphrase of the volumes; the environment variable PASSPHRASE or a prompt when not given.",
        _GROUP,
    ),
    Option(
        "new-passphrase", T.PASSWORD, None,
        "New passphrase for re-encrypt; the environment variable NEW_PASSPHRASE or a prompt when not given. "
        "While that is unfinished, for reading too.", _GROUP,
    ),
    Option("no-encryption", T.BOOLEAN, "false", "Store the volumes without encryption.", _GROUP),
    Option(
        "allow-passphrase-change", T.BOOLEAN, "false", "Replace the recorded check of the passphrase.",
        _GROUP, state="refused", reason="a backup keeps its passphrase",
    ),
    Option(
        "secret-provider", T.PASSWORD, None,
        "Address of the store that secrets are read from, or $NAME of a variable that holds it; see help "
        "secrets.", _GROUP,
    ),
    Option(
        "secret-provider-pattern", T.STRING, "$",
        "What marks an option value as the name of a secret; brackets at its end, as in !secret{}, go around "
        "the name.", _GROUP,
    ),
    Option(
        "secret-provider-cache", T.ENUM, "None",
        "Where secrets are kept for a time when they cannot be read; Persistent is an encrypted file in the "
        "folder for scratch files.", _GROUP, values=("None", "InMemory", "Persistent"),
    ),
)
