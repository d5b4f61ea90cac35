"""Further help texts: values of options, addresses, and how the parts of the program are used.

One paragraph each line. A line of the form ``word: text`` hangs under its word, and one that starts with two
blanks is an example line, shown as it is.
"""

from __future__ import annotations

TYPES = """\
The word in parentheses behind the name of an option says what its value looks like. A value follows the \
name after "=", without a blank: --name=value. Names are the same in any case. When an option is given \
twice, the last one counts.
Boolean: --name alone, or --name=true, turns it on; --name=false turns it off. 1, on and yes, 0, off and no \
are understood too.
Integer: a whole number.
Decimal: a number with a point, such as 0.5; see "help decimals".
Size: a number with a unit, such as 50mb; see "help sizes".
Timespan: a length of time, such as 1D12h; see "help times".
DateTime: a point in time; see "help times".
Enum: one of the values that are listed, in any case.
Flags: several of them, with commas between.
Path: a file or folder. The shell expands ~ only in front of a word, so write --name=$HOME/x.
Password: text that is never shown.
String: any text."""

DECIMALS = """\
Decimals have a point, whatever the language of the system, and nothing between the thousands. Options that \
take one are percentages, from 0 to 100.
Examples: 0.1, 25, 99.9"""

DESTINATIONS = """\
A destination is an address: scheme://user:password@host:port/path?option=value. What is no address is a \
folder of this computer.
Special characters in a user name or password are written as %XX, a blank as %20. They can be kept out of \
the command line: --auth-username, --auth-password, the variables AUTH_USERNAME and AUTH_PASSWORD, or a \
secret provider ("help secrets").
Options behind the ? are as good as on the command line, and win over those there. Quote the address then, \
or the shell takes ? and & for itself.
A scheme with an s behind it, as webdavs:// or ftps://, is the kind without it and --use-ssl, for each kind \
that has this option.
A relative path is looked for in the current folder; an address with three slashes, file:///x, is absolute.
"triplicati backend" lists, fetches, sends and deletes files of a destination, tests whether it does what \
backups need, and measures how fast it is. "triplicati sync" with two addresses copies all volumes from \
the first to the second. See "triplicati backend --help" and "triplicati mirror --help", which is \
another word for it."""

PASSPHRASES = """\
The passphrase of a backup is looked for in this order: the option --passphrase, the environment variable \
PASSPHRASE, and a prompt on the terminal; a backup that is new asks twice. \
--force-passphrase-from-stdin reads it from standard input instead.
A passphrase on the command line is seen by everyone who can list processes; the variable, a parameters \
file that only you can read, or a secret provider ("help secrets") are better.
Lists of versions and files need no passphrase while the local database is there. Without the passphrase \
nobody can restore: keep a copy in another place than on this computer."""

COMPRESSION = """\
Volumes are zip files. Their entries are compressed with Deflate, which every Duplicati can read. \
--zip-compression-level goes from 0, which stores, to 9, which packs tightest and is slow. When it is not \
given, the level follows what is slower, packing or uploading.
Files that are compressed already, by their extension or by a look at their beginning, are stored as they \
are. --compression-extension-file replaces the list of extensions."""

SERVER = """\
"triplicati server", or duplicati-server, keeps saved backups, runs them by their schedules, and serves \
Duplicati's API and a page on port 8200 of this computer. It prints a link that signs you in, once, \
within an hour; "triplicati control sign-in-link" gives another.
"triplicati control", or duplicati-control, lists, runs, follows, pauses and stops the backups of a running \
server, for a shell, cron and other schedulers. Who can read the data folder needs no password for it.
"triplicati service install" lets the server start with the computer, or with your session, and "triplicati \
tray", or duplicati-tray, shows by an icon how the backups stand. "triplicati doctor" looks at all that \
backups need on this computer, and says how to mend it.
Each of these programs lists its options and commands with --help, as "triplicati server --help". \
"triplicati server --adopt" takes over the jobs of a Duplicati, whose folder is not touched."""

LOGGING = """\
The screen shows phases, transfers, warnings and errors. --quiet-console leaves only what was asked for, \
--console-log-level chooses another level.
--log-file=<path> appends to a file; --log-file-log-level chooses what goes there.
The levels, from all to little: ExplicitOnly, Profiling, Verbose, Retry, Information, DryRun, Warning, Error.
A line has the form [Level-Tag-Id]: text. --console-log-filter and --log-file-log-filter pick lines by it, \
with + or - and * as in filters; the -log-ignore options leave out lines with certain ids. \
--suppress-warnings=<ids> makes information out of warnings, so that the return code is not 2.
--debug-output shows where an error came from. --full-result shows lists in full.
  --log-file=$HOME/backup.log
  --log-file-log-level=Information
  "--console-log-filter=+*-IncludingPath:+*-ExcludingPath\""""

SCRIPTS = """\
A script can run before an operation (--run-script-before, and -before-required, which has to succeed), \
after the upload of a backup (-post-backup) and at the end (-after), also when the operation failed.
It gets every option in its environment, passwords included: DUPLICATI__ and the name with _ for -, as in \
DUPLICATI__dblock_size. Besides: DUPLICATI__EVENTNAME (BEFORE, POST-BACKUP, AFTER), \
DUPLICATI__OPERATIONNAME, DUPLICATI__REMOTEURL, DUPLICATI__LOCALPATH, DUPLICATI__filter; \
at the end DUPLICATI__PARSED_RESULT (Success, \
Warning, Error, Fatal) and DUPLICATI__RESULTFILE.
Lines it prints that begin with LOG:INFO, LOG:WARN or LOG:ERROR go to the log. A script that runs before can \
print --name=value to set an option, --remoteurl=, --localpath= and --filter= to change what is done.
Return codes of a script before: 0 go on, 1 skip the operation, 2 go on with a warning, 3 skip with a \
warning, 4 go on with an error, 5 and more skip with an error. At the end: 0 and 1 fine, 2 and 3 a warning, \
others an error.
--run-script-timeout is how long it is waited for; then it is left running. Ctrl-C ends it.
  --run-script-before=/usr/local/bin/mount-disk
  --run-script-with-arguments
  "--run-script-after=/usr/bin/logger all done\""""

MAIL = """\
Reports by mail, web request, XMPP, Telegram or Apprise are sent once the option with their address is \
given: --send-mail-to, --send-http-url, --send-http-form-urls, --send-http-json-urls, --send-xmpp-to, \
--send-telegram-channel-id or --send-apprise-urls.
By default a report follows each backup. --send-mail-level=Warning,Error,Fatal sends only bad news, and \
--send-mail-any-operation=true tells of other commands too; the other kinds have the same options.
Texts can hold %PARSEDRESULT%, %RESULT%, %OPERATIONNAME%, %REMOTEURL%, %LOCALPATH%, %backup-name% and every \
option by its name between percent signs.
send-mail sends a test."""

BROKEN_FILES = """\
A file is broken when a volume that holds a part of it is lost or damaged. Nothing else is touched by that: \
other files of the version can be restored as before.
list-broken-files shows which files of which versions they are; "affected" tells it for volumes that you \
name, before they are deleted.
purge-broken-files takes them out of the versions, so that the backup is whole again. First see whether the \
lost volume can be found: a copy put back makes everything good.
When the source still has the files, the next backup stores them again; "repair" with \
--rebuild-missing-dblock-files does so at once.
"triplicati recover" needs neither database nor index volumes: it fetches all volumes of a destination, \
keeps what damaged ones still hold, and restores from there; see "triplicati recover --help"."""

VERSIONS = """\
Each run of backup that found changes makes a version. Version 0 is the newest, 1 the one before, and so on; \
the numbers move on with each new version, times do not.
Without one of these options all versions are kept:
--keep-versions=N: keeps the newest N complete versions.
--keep-time=3M: keeps versions of the last three months.
--retention-policy=1W:1D,4W:1W,12M:1M: keeps one version a day for a week, one a week for four weeks, one a \
month for a year. The first of each pair is how far back it reaches, U for ever; the second how far versions \
are apart at least, U for all.
Only one of the three can be given. They are applied after each backup. The newest version always stays, \
unless --allow-full-removal is given too."""

STOPPING = """\
Ctrl-C: ends a run at once; so does the signal TERM. What is uploaded stays, and the next run goes on from \
there. Once more ends the program without tidying up.
kill -USR1: ends reading and uploads what is packed, as a partial version. kill -USR2: the same, after the \
files that are open. Both are for a backup.
A computer that goes down in the middle does no harm either."""
