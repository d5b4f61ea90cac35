"""The help texts on subjects that are neither a command nor an option, one paragraph each line."""

from __future__ import annotations

from triplicati.options import help_guides as guides

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

SECRET_PROVIDERS = """\
With --secret-provider=<address> an option, or a value in the query of the destination's address, can name a \
secret instead of holding it. --passphrase=$backup-key then takes the secret "backup-key" from the provider. \
The placeholder must be the whole value; quote it, or the shell replaces $ itself. \
--secret-provider-pattern=!secret{} looks for !secret{any name} instead. A secret that is missing or empty \
ends the run before anything is done.
The address can come from an environment variable: --secret-provider=%NAME%, $NAME or ${NAME}.
env:// takes environment variables.
file-secret:///path takes a file that holds a JSON object {"name": "secret"}; with ?passphrase=... it is an \
AES Crypt file.
pass:// asks the program pass; ?pass-command=... another one that works like it.
libsecret://?collection=... asks the keyring of a Linux desktop, keychain:// that of macOS, wincred:// that \
of Windows; default:// the one of this system. The label of an entry is its name.
command-secret://?command=... runs a program with the name as its last argument; what it prints is the secret.
hcv://host:port?secrets=a,b&mount=secret asks HashiCorp Vault, with token=... or VAULT_TOKEN, or with \
HCP_CLIENT_ID and HCP_CLIENT_SECRET; connection-type=http is for tests.
awssm://?region=...&secrets=a,b asks AWS Secrets Manager, with the AWS_* variables, a profile or a role.
azkv://?keyvault-name=... asks Azure Key Vault, with auth-type=ManagedIdentity, ClientSecret or \
UsernamePassword.
gcsm://?project-id=... asks Google Secret Manager, with access-token, service-account-file or what gcloud \
left.
Some need more Python packages: the extras secrets, vault, aws, azure and google."""

ENVIRONMENT = """\
PASSPHRASE: the passphrase, when --passphrase is not given.
AUTH_USERNAME, AUTH_PASSWORD: as --auth-username and --auth-password.
DUPLICATI__SERVER_DATAFOLDER, DUPLICATI__PORTABLE_MODE, DUPLICATI__ALLOW_INSECURE_DATAFOLDER: as the options \
--server-datafolder, --portable-mode and --allow-insecure-datafolder.
DUPLICATI_DATA_FOLDER, DUPLICATI_HOME: the data folder, after those. XDG_CONFIG_HOME: where it is otherwise.
DUPLICATI_PRELOAD_SETTINGS: a file with settings that fill what is not given; with ! in front the only one. \
Else preload.json is looked for in the data folder and beside the program. \
DUPLICATI_PRELOAD_SETTINGS_DEBUG=1 tells which files are used.
FILESYSTEM_CASE_SENSITIVE: whether filters tell a from A; by default as the system does.
DUPLICATI__AES_VERSION, DUPLICATI__AES_V3_ITERATIONS, DUPLICATI__AES_MINIMAL_HEADER: as the options \
--aes-version, --aes-v3-iterations and --aes-minimal-header. DUPLICATI__AES_IGNORE_PADDING_BYTES: no effect, \
the padding of other programs is accepted anyway.
TMPDIR, SQLITE_TMPDIR: folders for scratch files, the latter for the local database. XDG_CACHE_HOME: the \
folder that the filter group {CacheFiles} leaves out.
CUSTOMSQLITEOPTIONS_DUPLICATI: settings of the local database, as cache_size=-200000;temp_store=memory. \
cache_size, mmap_size, temp_store and threads are heeded, others ignored.
HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE: heeded by secret providers on the network.
USAGEREPORTER_Duplicati_LEVEL, DO_NOT_TRACK, AUTOUPDATER_Duplicati_*: no effect; nothing is reported to \
anybody, and updates come the way Triplicati was installed.
Other variables DUPLICATI__<OPTION> are not read by the command line, as in Duplicati."""

DUPLICATI = """\
Backups of Duplicati can be read, restored and continued as they are, and Duplicati can go on with those \
made here. Only one of the two should write to a destination at a time.
The local databases differ. One that belongs to Duplicati is never changed: Triplicati builds its own from \
the destination, named <name>.triplicati.sqlite.
To go back to Duplicati, recreate its local database there ("Recreate (delete and repair)"), never repair \
it: a repair with the old database may delete volumes that it does not know."""

SUBJECTS: dict[str, tuple[str, str]] = {
    "destinations": ("Addresses of destinations", guides.DESTINATIONS),
    "filters": ("Filters", FILTERS),
    "versions": ("Versions, and how long they are kept", guides.VERSIONS),
    "types": ("Values of options", guides.TYPES),
    "sizes": ("Sizes", SIZES),
    "times": ("Times", TIMES),
    "decimals": ("Decimals", guides.DECIMALS),
    "returncodes": ("Return codes", RETURNCODES),
    "stopping": ("Stopping a run", guides.STOPPING),
    "passwords": ("Passphrases and passwords", guides.PASSPHRASES),
    "secrets": ("Secret providers", SECRET_PROVIDERS),
    "encryption": ("Encryption", ENCRYPTION),
    "compression": ("Compression", guides.COMPRESSION),
    "broken-files": ("Broken files", guides.BROKEN_FILES),
    "server": ("The server", guides.SERVER),
    "logging": ("Log lines", guides.LOGGING),
    "scripts": ("Scripts before and after", guides.SCRIPTS),
    "mail": ("Reports", guides.MAIL),
    "environment": ("Environment variables", ENVIRONMENT),
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
    "include": "filters",
    "exclude": "filters",
    "decimal": "decimals",
    "type": "types",
    "values": "types",
    "boolean": "types",
    "integer": "types",
    "enum": "types",
    "flags": "types",
    "destination": "destinations",
    "url": "destinations",
    "urls": "destinations",
    "backends": "destinations",
    "backend": "destinations",
    "mirror": "destinations",
    "retention": "versions",
    "password": "passwords",
    "passphrases": "passwords",
    "broken": "broken-files",
    "recover": "broken-files",
    "recovery": "broken-files",
    "control": "server",
    "doctor": "server",
    "service": "server",
    "tray": "server",
    "daemon": "server",
    "debug": "logging",
    "log": "logging",
    "script": "scripts",
    "hooks": "scripts",
    "email": "mail",
    "report": "mail",
    "reports": "mail",
    "stop": "stopping",
    "signals": "stopping",
    "returncode": "returncodes",
    "exitcode": "returncodes",
    "exitcodes": "returncodes",
    "statuscode": "returncodes",
    "statuscodes": "returncodes",
    "errorlevel": "returncodes",
    "secret": "secrets",
    "secret-provider": "secrets",
    "secret-providers": "secrets",
    "vault": "secrets",
    "file-secret": "secrets",
    "pass": "secrets",
    "libsecret": "secrets",
    "keychain": "secrets",
    "wincred": "secrets",
    "command-secret": "secrets",
    "hcv": "secrets",
    "awssm": "secrets",
    "azkv": "secrets",
    "gcsm": "secrets",
    "variables": "environment",
    "variable": "environment",
    "env": "environment",
    "preload": "environment",
}
