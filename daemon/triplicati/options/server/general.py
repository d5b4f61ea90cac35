"""Options for the program, its folders, its log and its database."""

from triplicati.options.declarations import Option
from triplicati.options.declarations import OptionType as T

_LEVELS = ("ExplicitOnly", "Profiling", "Verbose", "Retry", "Information", "DryRun", "Warning", "Error")

GENERAL = (
    Option("help", T.BOOLEAN, "false", "Show this list and end.", "general"),
    Option("tempdir", T.PATH, None, "Folder for scratch files; the system's own when not given.", "general"),
    Option(
        "parameters-file", T.PATH, None,
        "Read options from this file, one a line; they go before those of the command line.", "general",
        aliases=("parameterfile", "parameter-file"),
    ),
    Option("portable-mode", T.BOOLEAN, "false", "Keep the data folder next to the program.", "general"),
    Option("server-datafolder", T.PATH, None, "The data folder.", "general"),
    Option(
        "allow-insecure-datafolder", T.BOOLEAN, "false", "Accept a data folder that other users can read.",
        "general",
    ),
    Option(
        "adopt", T.PATH, None,
        "Take over the backups of Duplicati on this computer, or of the given data folder, with their "
        "schedules turned off; nothing of Duplicati is changed.", "general",
    ),
    Option(
        "ping-pong-keepalive", T.BOOLEAN, "false",
        'Answer each line of standard input with "pong", and end at the line "shutdown".', "general",
    ),
    Option(
        "grace-period", T.TIMESPAN, "10s", "How long open connections may take when the server ends.",
        "general",
    ),
    Option(
        "log-retention", T.TIMESPAN, "30D", "How long lines of the server's log are kept.", "general",
    ),
    Option(
        "disable-update-check", T.BOOLEAN, "false", "Never ask for a newer release.", "general",
        state="inert", reason="updates come the way Triplicati was installed",
    ),
    Option(
        "register-remote-control", T.STRING, None, "Let the web service of Duplicati's makers control this.",
        "general", state="inert", reason="Triplicati is controlled by nobody else",
    ),
    Option(
        "register-remote-control-force", T.BOOLEAN, "false", "The same, also when that was done before.",
        "general", state="inert", reason="Triplicati is controlled by nobody else",
    ),
    Option(
        "allowed-backend-modules", T.STRING, None,
        "The only destination types that may be used, separated by commas.", "general",
    ),
    Option(
        "allowed-encryption-modules", T.STRING, None,
        "The only encryption that may be used, separated by commas.", "general",
    ),
    Option(
        "allowed-compression-modules", T.STRING, None,
        "The only compression that may be used, separated by commas.", "general",
    ),
)

LOG = (
    Option("log-file", T.PATH, None, "Append log lines to this file.", "log"),
    Option("log-level", T.ENUM, "Warning", "Least important lines written to it.", "log", values=_LEVELS),
    Option(
        "log-console", T.BOOLEAN, "false", "Show log lines from the level Information on.", "log",
    ),
    Option(
        "windows-eventlog", T.STRING, None, "Write log lines to the event log of Windows.", "log",
        state="inert", reason="use --log-file",
    ),
    Option(
        "windows-eventlog-level", T.ENUM, "Information", "Least important lines written there.", "log",
        values=_LEVELS, state="inert", reason="use --log-file",
    ),
)

DATABASE = (
    Option(
        "settings-encryption-key", T.PASSWORD, None,
        "Key of the secrets in the server's database; a file in the data folder holds one when not given.",
        "database",
    ),
    Option(
        "require-db-encryption-key", T.BOOLEAN, "false",
        "Start only with a key from outside the data folder.", "database",
    ),
    Option(
        "disable-db-encryption", T.BOOLEAN, "false", "Keep secrets in the server's database in clear.",
        "database",
    ),
    Option(
        "disable-default-secret-provider", T.BOOLEAN, "false",
        "Do not look for the key in the keyring of this computer.", "database",
    ),
    Option(
        "server-encryption-key", T.PASSWORD, None, "Password of a database of old Duplicati, to read it.",
        "database",
    ),
    Option(
        "secret-provider", T.PASSWORD, None,
        "Address of the store that secrets are read from, or $NAME of a variable that holds it.", "database",
    ),
    Option(
        "secret-provider-pattern", T.STRING, "$",
        "What marks an option value as the name of a secret.", "database",
    ),
    Option(
        "secret-provider-cache", T.ENUM, "None", "Where secrets are kept when they cannot be read.",
        "database", values=("None", "InMemory", "Persistent"),
    ),
)
