"""The help texts on subjects that are neither a command nor an option, one paragraph each line."""

from __future__ import annotations

SIZES = """\
Sizes are whole numbers with a unit: b, kb, mb, gb or tb, in any case, each 1024 times the one before.
Without a unit a number means what the option says, for example megabytes for --dblock-size. Fractions \
are not understood.
Examples: 50mb, 1 GiB, 100kb"""

TIMES = """\
Lengths of time are numbers with a unit, which may follow each other: s seconds, m minutes, h hours, D \
days, W weeks, M months, Y years. The case of the unit matters. A number alone is seconds. As a length, a \
month has 30 days and a year 365.
Examples: 30s, 1D12h, 3M
Points in time are a date in local time, "now", the time in the name of a file list, or a length of time \
from now. With list, find and compare such a length counts back; with --time write a minus in front to go \
back.
Examples: 2024-12-24 13:02, 2024-12-24T13:02:00+01:00, 20241224T120200Z, --time=-2M"""

FILTERS = """\
Filters decide what is backed up. Each --include or --exclude is one rule, and the first rule that \
matches decides. What no rule matches is taken, unless all rules are includes.
A rule is compared with the whole path. * stands for any text and ? for one character, separators too. A \
rule for a folder ends with the separator. A rule in [brackets] is a regular expression, one in {braces} \
names a group such as {TemporaryFiles}.
Quote rules, or the shell replaces * itself.
Examples: "--exclude=*.tmp", "--exclude=/home/u/cache/", "--include=[.*\\.(jpg|png)]\""""

RETURNCODES = """\
0: success
1: backup only: success, but nothing had changed
2: there were warnings
3: a backup had errors, or a test found damaged volumes
50: a backup was stopped early; what was uploaded is kept
100: an error; nothing more was done
200: the command line was wrong"""

ENCRYPTION = """\
Volumes are encrypted with AES-256 (aes, the usual way) or GnuPG (gpg), chosen with --encryption-module. \
The passphrase comes from --passphrase, the environment variable PASSPHRASE or a prompt. Without it \
nobody can read the backup: keep a copy in another place.
--no-encryption stores the volumes as they are. A backup keeps its passphrase; it cannot be changed \
later."""

DUPLICATI = """\
Backups of Duplicati can be read, restored and continued as they are, and Duplicati can go on with those \
made here. Only one of the two should write to a destination at a time.
The local databases differ. One that belongs to Duplicati is never changed: Triplicati builds its own from \
the destination, named <name>.triplicati.sqlite.
To go back to Duplicati, recreate its local database there ("Recreate (delete and repair)"), never repair \
it: a repair with the old database may delete volumes that it does not know."""

SUBJECTS: dict[str, tuple[str, str]] = {
    "sizes": ("Sizes", SIZES),
    "times": ("Times", TIMES),
    "filters": ("Filters", FILTERS),
    "returncodes": ("Return codes", RETURNCODES),
    "encryption": ("Encryption", ENCRYPTION),
    "duplicati": ("Together with Duplicati", DUPLICATI),
}

# Other words for a subject, and for the lists of commands and options.
SYNONYMS = {
    "moving": "duplicati",
    "migration": "duplicati",
    "command": "commands",
    "option": "options",
    "advanced": "options",
    "size": "sizes",
    "time": "times",
    "date": "times",
    "datetime": "times",
    "date/time": "times",
    "duration": "times",
    "timespan": "times",
    "filter": "filters",
    "returncode": "returncodes",
    "exitcode": "returncodes",
    "exitcodes": "returncodes",
    "statuscode": "returncodes",
    "statuscodes": "returncodes",
    "errorlevel": "returncodes",
    "password": "encryption",
    "passwords": "encryption",
    "aes": "encryption",
    "gpg": "encryption",
    "zip": "compression",
    "logging": "log",
    "debug": "log",
    "file": "destinations",
    "mail": "reports",
    "email": "reports",
    "secret": "secrets",
    "retention": "versions",
}
