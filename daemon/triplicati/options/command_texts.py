"""What help and the manual pages tell of each command beyond its summary: paragraphs and examples."""

from __future__ import annotations

# One paragraph each line, as in help_guides.
DETAILS = {
    "backup": """\
The first run stores everything, each later one only what changed; every run that found changes makes a \
version that can be restored as a whole.
The backup is encrypted unless --no-encryption is given. Keep the passphrase in another place too.
Return codes: 0 fine, 1 nothing had changed, 2 warnings, 3 errors, 50 stopped early.""",
    "restore": """\
Without --restore-path files go back to where they came from. A file that is there and differs is kept, and \
the restored one gets the date in its name, unless --overwrite is given.
A name without a slash means that name in any folder, a folder all that is in it; * and ? are wildcards. \
Quote them, or the shell replaces them itself.
Return code 2: something could not be restored as it was.""",
    "list": """\
With nothing but a destination it lists the versions; with a number or a time the files of that version; \
with names or patterns the matching files of the newest version, and of all versions if none match there.
A full path is looked for in all versions. No passphrase is needed while the local database is there.
--control-files=true lists the files that were stored with --control-files.""",
    "find": """\
As list, but in all versions: each file is shown with its size in each version.""",
    "list-filesets": """\
Shows number, time, files and size of each version. Without a local database only number and time, straight \
from the names of the files at the destination.""",
    "list-folder-content": """\
Shows one level of a folder, with sizes. Without a folder it shows where the backup begins. Upper and lower \
case matter.
One version is looked at: the newest, or that of --version or of exactly the time in --time.""",
    "list-file-versions": """\
Takes full paths and shows their size in each version. Upper and lower case matter.""",
    "search": """\
Shows each version of all files that --include and --exclude let through, in the folders that are named or \
everywhere. All versions are searched unless --version or --time choose some.""",
    "delete": """\
Needs --version, --keep-time, --keep-versions or --retention-policy. The last version stays unless \
--allow-full-removal is given.""",
    "repair": """\
File lists and index volumes that are missing at the destination are made anew from the local database. \
When that is lost or damaged, or does not know what is there, it is built anew from the destination, for it \
is only a cache. Lost data is forgotten, and the next backup stores it again where the sources have it; \
--rebuild-missing-dblock-files stores it at once, for older versions too, from the files on this computer.
With --repair-only-paths it is enough for listing, and much faster to build.""",
    "compact": """\
Deleting versions leaves holes in volumes. This fetches volumes that are mostly empty, packs what is left \
into new ones and deletes the old ones.""",
    "test": """\
Fetches some volumes of each kind (one, unless a number or "all" is given) and compares them with what is \
known of them: those never tested first, then those tested longest ago. Each is looked into, and a fifth of \
its blocks are read; --full-remote-verification=False compares sizes and hashes only, \
--full-block-verification reads every block. With --version or --time the file lists of these versions are \
tested. Damaged indexes are made anew from the local database. With --restore-drill some files of a version \
are restored for trial from the destination, into a folder that is removed afterwards, and compared with \
what was recorded and with the source; without a number of samples that is all that is done then. Return \
code 3 means that damage was found; --full-result shows all that was tested.""",
    "test-filters": """\
Walks the sources as backup would and shows for each path whether it is taken, and by which rule it is left \
out. Nothing is stored.""",
    "affected": """\
Takes names of files at the destination. For a dblock it shows the versions and files that have parts in it, \
for a dindex those of the dblocks it describes, for a dlist all of its version.""",
    "compare": """\
Shows what was added (+), modified (~) and deleted (-) between two versions, by default between the newest \
two. Versions are numbers or times. With one version only, that is compared with version 1.""",
    "create-report": """\
The report holds no paths and no secrets, but look through it before you pass it on.""",
    "list-broken-files": """\
Shows the files of which parts are lost at the destination, for each version: the first five of each, or \
all with --full-result. Nothing is changed.""",
    "purge-broken-files": """\
Removes those files from the versions, so that all that is left can be restored. A file that lost only its \
metadata is kept without; --disable-replace-missing-metadata removes it too. A version that lost everything \
is deleted. With --dry-run nothing is changed, and what would go is shown.""",
    "purge": """\
Removes files from all versions, or from those of --version and --time. They are given by name, as for \
restore, or by --include and --exclude; with --exclude alone everything else is removed. Each version that \
held some gets a new file list, one second later than the old one. Their data goes when volumes are \
compacted, which is done afterwards unless --no-auto-compact is given. Look with --dry-run first.""",
    "re-encrypt": """\
Encrypts each volume anew under a new name and deletes the old one when the new one is there. The old \
passphrase is given as always, the new one with --new-passphrase, NEW_PASSPHRASE or at a prompt; \
--new-encryption-module changes the kind of encryption, "none" takes it away. It can be stopped and run \
again at any time; until it has come to its end no backup is made, and everything else needs both \
passphrases. The time of a version may become later by a second.""",
    "sync": """\
Copies files as they are, so that --no-encryption has to be said, and keeps their paths below the folder \
that all sources have in common. Only what differs in size or time is sent; --sync-verify-hash compares \
contents too. What a sync has sent and the source no longer has stays, unless --sync-then-delete is given; \
files that came there in another way are never deleted. It is no backup: there are no versions.
With two addresses (scheme://...) it is something else: all volumes of the first destination are copied to \
the second. "triplicati mirror --help" tells of that.""",
    "send-mail": """\
Needs --send-mail-to; "help mail" tells more.""",
    "completion": """\
To use it in bash, add this line to ~/.bashrc:
  source <(triplicati completion bash)
In zsh, write it to a file _triplicati in a folder of $fpath; in fish, to \
~/.config/fish/completions/triplicati.fish.
It completes commands, options and their values, paths and help topics.""",
    "man": """\
Writes triplicati.1 and a page for each command. With man-db a folder man1 below a folder of MANPATH is \
where they belong.""",
    "help": """\
A topic is a command, an option, a kind of destination, a module, or one of the subjects that "help" \
lists.""",
}

# Without the name of the program.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "backup": (
        "backup file:///mnt/disk/backup ~/Documents ~/Pictures",
        "backup file:///mnt/disk/backup ~ --exclude='*.tmp' --exclude='*/.cache/' --keep-time=1Y",
    ),
    "restore": (
        "restore file:///mnt/disk/backup --restore-path=/tmp/restored",
        "restore file:///mnt/disk/backup '*/letter*.odt' --version=2 --restore-path=/tmp/restored",
    ),
    "list": ("list file:///mnt/disk/backup", "list file:///mnt/disk/backup '*.odt' --time=-1W"),
    "find": ("find file:///mnt/disk/backup '*letter*'",),
    "list-filesets": ("list-filesets file:///mnt/disk/backup",),
    "list-folder-content": ("list-folder-content file:///mnt/disk/backup /home/me/Documents --version=1",),
    "list-file-versions": ("list-file-versions file:///mnt/disk/backup /home/me/letter.odt",),
    "search": ("search file:///mnt/disk/backup /home/me/Documents --include='*.odt'",),
    "delete": ("delete file:///mnt/disk/backup --version=3-5",),
    "repair": ("repair file:///mnt/disk/backup",),
    "compact": ("compact file:///mnt/disk/backup",),
    "test": (
        "test file:///mnt/disk/backup 3",
        "test file:///mnt/disk/backup all",
        "test file:///mnt/disk/backup --restore-drill=2",
    ),
    "test-filters": ("test-filters ~ --exclude='*.tmp' --skip-files-larger-than=1gb",),
    "affected": ("affected file:///mnt/disk/backup duplicati-b0123456789abcdef.dblock.zip.aes",),
    "compare": ("compare file:///mnt/disk/backup", "compare file:///mnt/disk/backup 5 0"),
    "create-report": ("create-report file:///mnt/disk/backup report.zip",),
    "list-broken-files": ("list-broken-files file:///mnt/disk/backup",),
    "purge-broken-files": ("purge-broken-files file:///mnt/disk/backup",),
    "purge": ("purge file:///mnt/disk/backup '*.iso'",),
    "re-encrypt": (
        "re-encrypt file:///mnt/disk/backup",
        "re-encrypt file:///mnt/disk/backup --new-encryption-module=none",
    ),
    "vacuum": ("vacuum file:///mnt/disk/backup",),
    "sync": ("sync file:///mnt/disk/copy ~/Documents --no-encryption",),
    "set-locks": ("set-locks s3://bucket/backup --version=0 --remote-file-lock-duration=30D",),
    "read-lock-info": ("read-lock-info s3://bucket/backup",),
    "send-mail": ("send-mail --send-mail-to=me@example.com --send-mail-url=smtps://mail.example.com",),
    "system-info": ("system-info",),
    "completion": ("completion zsh >~/.zfunc/_triplicati",),
    "man": ("man ~/.local/share/man/man1",),
    "help": ("help backup", "help --blocksize", "help filters"),
    "changelog": ("changelog",),
    "example": ("example",),
}
