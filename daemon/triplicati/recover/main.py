"""From the words of `triplicati recover` to an exit code (spec/cli.md 8)."""

from __future__ import annotations

import argparse
import errno
import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triplicati.errors import RecoveryFolderUnusable, TriplicatiError, disk_error
from triplicati.recover.parser import parse
from triplicati.values.printable import printable_lines
from triplicati.values.sizes import format_size

if TYPE_CHECKING:
    from triplicati.engine.opening import Keys
    from triplicati.engine.remote import Remote
    from triplicati.options.option_values import OptionValues
    from triplicati.recover.folder import VolumeFolder
    from triplicati.recover.restore import Recovered, Wish
    from triplicati.source.filters import Filter

_DONE, _FAILED, _INCOMPLETE = 0, 100, 200
_FEW_OPEN = 4


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """0 where all is well, 200 where something could not be read or restored, 100 where nothing could be
    done.

    Raises `SystemExit` for ``--help`` and for words that make no sense.
    """
    try:
        given = parse(words)
        return _COMMANDS[given.command](given, environment)
    except TriplicatiError as error:
        return _tell_failure(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _tell_failure(disk_error(error, "a file"))
    except KeyboardInterrupt:
        print("Stopped. What was done stays; the same command goes on from there.", file=sys.stderr)
        return _FAILED


def _tell_failure(error: TriplicatiError) -> int:
    print(f"ErrorID: {error.id}\n{error}", file=sys.stderr)
    return _FAILED


def _tell(text: str) -> None:
    """Names come from what may be hostile: a terminal is not to obey them."""
    print(printable_lines(text) if sys.stdout is not None and sys.stdout.isatty() else text, flush=True)


# --- download --------------------------------------------------------------------------------------------


def _download(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    import trio  # noqa: PLC0415 - the other commands need none

    from triplicati.engine.outcome import settled  # noqa: PLC0415
    from triplicati.recover.download import Downloaded, download  # noqa: PLC0415

    folder = Path(given.folder)
    remote, values = _remote(given)

    async def work() -> Downloaded:
        unlock = _keys(values, environment)
        return await download(remote, folder, unlock, _tell, prefix=given.prefix, at_once=given.at_once)

    async def all_of_it() -> Downloaded:
        return await settled(work)

    try:
        result = trio.run(all_of_it)
    except BaseExceptionGroup as group:
        if group.split(KeyboardInterrupt)[1] is not None:
            raise
        raise KeyboardInterrupt from None
    whole = result.volumes - len(result.salvaged) - len(result.unreadable) - len(result.missing)
    _tell(f"{whole} of {result.volumes} volumes are whole in {folder}.")
    if result.salvaged or result.unreadable:
        _tell(
            f"{len(result.salvaged)} damaged ones were saved in part and {len(result.unreadable)} not at all;"
            f" as they were they lie in {folder / 'damaged'}."
        )
    if result.missing:
        _tell(f"{len(result.missing)} could not be fetched. Run the same command again to try once more.")
    return _DONE if result.whole else _INCOMPLETE


def _remote(given: argparse.Namespace) -> tuple[Remote, OptionValues]:
    from triplicati.engine.connecting import limited, retry_rule, set_pace  # noqa: PLC0415
    from triplicati.engine.from_options import keys  # noqa: PLC0415
    from triplicati.engine.remote import Remote  # noqa: PLC0415
    from triplicati.messages.progress import Event, Report  # noqa: PLC0415
    from triplicati.options.option_values import OptionValues  # noqa: PLC0415
    from triplicati.storage.registry import open_destination  # noqa: PLC0415
    from triplicati.values.urls import parse_url  # noqa: PLC0415

    url = parse_url(given.url)
    options: dict[str, str | None] = {**given.others}
    if given.passphrase is not None:
        options["passphrase"] = given.passphrase
    elif url.query.get("passphrase"):
        options["passphrase"] = url.query["passphrase"]
    values = OptionValues(options)

    def notify(event: Event) -> None:
        if event.kind == "message":  # of another try
            _tell(event.text)

    remote = Remote(
        destination=limited(open_destination(url, options), values, url.scheme),
        prefix="",
        keys=keys(values, None),
        report=Report(notify),
        retry=retry_rule(values),
    )
    set_pace(remote, values)
    return remote, values


def _keys(values: OptionValues, environment: Mapping[str, str]) -> Callable[[str], Keys]:
    from triplicati.engine.from_options import keys  # noqa: PLC0415
    from triplicati.operations.passphrase import for_reading  # noqa: PLC0415

    return lambda encryption: keys(values, for_reading(values, environment, encryption, _asking))


def _asking(values: OptionValues) -> Callable[[str], str] | None:
    if sys.stdin is not None and (sys.stdin.isatty() or values.boolean("force-passphrase-from-stdin")):
        return getpass.getpass if sys.stdin.isatty() else lambda _: sys.stdin.readline().rstrip("\r\n")
    return None


# --- index, list, restore --------------------------------------------------------------------------------


def _index(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from triplicati.recover.folder import VolumeFolder  # noqa: PLC0415

    return _build(VolumeFolder(Path(given.folder), given.prefix), _index_file(given))


def _index_file(given: argparse.Namespace) -> Path:
    from triplicati.recover.index import NAME  # noqa: PLC0415

    return Path(given.indexfile) if given.indexfile else Path(given.folder) / NAME


def _build(folder: VolumeFolder, target: Path) -> int:
    from triplicati.recover.index import build_index  # noqa: PLC0415

    try:
        result = build_index(folder, target, _tell)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        reason = f"{error.strerror}; with --indexfile=<file> the index goes elsewhere"
        raise RecoveryFolderUnusable(folder=target.parent, reason=reason) from error
    _tell(f"{target} tells of {result.blocks} blocks in {result.volumes} volumes.")
    if result.unreadable:
        _tell(f"{len(result.unreadable)} volumes could not be read.")
    return _INCOMPLETE if result.unreadable else _DONE


def _list(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from triplicati.recover.folder import VolumeFolder  # noqa: PLC0415
    from triplicati.recover.listing import list_entries, list_versions  # noqa: PLC0415

    folder = VolumeFolder(Path(given.folder), given.prefix)
    if given.version is None and not given.rules:
        return _DONE if list_versions(folder, _tell) else _INCOMPLETE
    version = folder.version(given.version or "0", datetime.now().astimezone())
    return _DONE if list_entries(folder, version, _filter(given, environment), _tell) else _INCOMPLETE


def _filter(given: argparse.Namespace, environment: Mapping[str, str]) -> Filter | None:
    from triplicati.engine.from_options import case_sensitive, filter_rules  # noqa: PLC0415
    from triplicati.source.filters import compile_filter, expand_patterns  # noqa: PLC0415

    rules = [*expand_patterns(given.patterns), *filter_rules(given.rules)]
    return compile_filter(rules, case_sensitive=case_sensitive(environment)) if rules else None


def _restore(given: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from triplicati.recover.blocks import open_blocks  # noqa: PLC0415
    from triplicati.recover.folder import VolumeFolder, open_plain  # noqa: PLC0415
    from triplicati.recover.index import is_current  # noqa: PLC0415
    from triplicati.recover.restore import restore  # noqa: PLC0415

    folder = VolumeFolder(Path(given.folder), given.prefix)
    version = folder.version(given.version or "0", datetime.now().astimezone())
    wish, index = _wish(given, environment), _index_file(given)
    if not is_current(folder, index):
        _build(folder, index)
    at_most = _FEW_OPEN if given.reduce_memory_use else given.max_open_archives
    with open_plain(folder.path / version.name) as reader:
        form = folder.form(reader)
        with open_blocks(folder, index, form, at_most) as blocks:
            result = restore(folder.path, reader, version, blocks, form, wish, _tell)
    return _tell_recovered(result, wish)


def _wish(given: argparse.Namespace, environment: Mapping[str, str]) -> Wish:
    from triplicati.recover.restore import Wish  # noqa: PLC0415

    return Wish(
        target=Path(given.targetpath),
        chosen=_filter(given, environment),
        overwrite=given.overwrite,
        partial=given.partial,
        verify=not given.disable_file_verify,
        metadata=not given.skip_metadata,
        permissions=given.restore_permissions,
    )


def _tell_recovered(result: Recovered, wish: Wish) -> int:
    from triplicati.recover.listing import Problems, tell_problems  # noqa: PLC0415

    there = f", {result.unmodified} were there already" if result.unmodified else ""
    _tell(
        f"{result.files} files ({format_size(result.size)}), {result.folders} folders and {result.links}"
        f" links were restored to {wish.target}{there}."
    )
    if result.bare:
        _tell(f"Of {result.bare} entries the times, permissions and attributes are lost.")
    if result.failed:
        _tell(f"{result.failed} could not be restored, {result.partial} of them were in part.")
    if result.failed and not wish.partial:
        _tell("With --partial what there is of such files is kept.")
    tell_problems(result.problems, _tell)
    return _INCOMPLETE if result.failed or result.problems != Problems() else _DONE


_COMMANDS: Mapping[str, Callable[[argparse.Namespace, Mapping[str, str]], int]] = {
    "download": _download,
    "index": _index,
    "list": _list,
    "restore": _restore,
}
