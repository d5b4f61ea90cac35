"""`triplicati mirror`: one destination gets the volumes of another one (spec/cli.md 8, SyncTool)."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from triplicati import __version__
from triplicati.backend.mirror_words import HELP, PROG, Given, parse
from triplicati.backend.screen import Screen
from triplicati.errors import OperationAborted, TriplicatiError, UsageError
from triplicati.values.sizes import format_size

if TYPE_CHECKING:
    from triplicati.backend.connecting import Connection
    from triplicati.engine.mirroring import Approve, MirrorSettings, Planned
    from triplicati.engine.remote import Remote
    from triplicati.messages.progress import Event, Report
    from triplicati.messages.results import MirrorResult

_DONE, _MOST_ERRORS, _USAGE, _ABORTED = 0, 199, 200, 255
_NOT_CONFIRMED = "Nothing was done. To go on without being asked, give -y."


def run(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """0 where both hold the same, 255 where it was stopped or not confirmed, 200 for words that make no
    sense, else the number of errors, up to 199."""
    screen = Screen()
    try:
        given = parse(words)
        if given.asks_version:
            screen.say(f"Triplicati {__version__}")
            return _DONE
        if given.asks_help:
            screen.say(HELP)
            return _DONE
        return _mirrored(given, environment, Screen(tells=given.progress))
    except UsageError as error:
        screen.say(f"{error}\nSee: {PROG} --help")
        return _USAGE
    except OperationAborted:
        screen.note("Stopped. What was copied stays; the same command goes on from there.")
        return _ABORTED
    except TriplicatiError as error:
        screen.note(f"ErrorID: {error.id}\n{error}")
        return 1


def _mirrored(given: Given, environment: Mapping[str, str], screen: Screen) -> int:
    from triplicati.backend.connecting import connected  # noqa: PLC0415 - help needs none of this
    from triplicati.backend.running import run_to_the_end  # noqa: PLC0415
    from triplicati.engine.mirroring import mirror  # noqa: PLC0415
    from triplicati.engine.stopping import StopRequest  # noqa: PLC0415

    told: set[str] = set()

    def warn(text: str) -> None:
        if text not in told:  # what is wrong in an option of both is wrong twice
            screen.note(f"Warning: {text}")
        told.add(text)

    both = given.options
    # A mistyped --dry-run or --retention would delete what was to stay: so nothing unknown is passed over.
    with (
        connected(given.source, {**both, **given.source_options}, environment, warn, strict=True) as source,
        connected(given.target, {**both, **given.target_options}, environment, warn, strict=True) as target,
        _report(given, screen, source, target) as report,
    ):
        if _are_same(source, target):
            raise UsageError(reason="The source and the destination are the same.")
        if given.only_parses:
            screen.say(f"{source.destination.display} -> {target.destination.display}")
            return _DONE
        remotes = _remote(source, given, report), _remote(target, given, report, writes=True)
        settings, approve = _settings(given), _approval(given, screen, report)
        try:
            result = run_to_the_end(
                lambda: mirror(*remotes, {}, (), settings, StopRequest(), approve=approve), screen
            )
        except OperationAborted:
            raise
        except TriplicatiError as error:
            report.error(error.id, str(error))
            return min(len(report.errors), _MOST_ERRORS)
    if result.interrupted:
        screen.note(_NOT_CONFIRMED)
        return _ABORTED
    screen.say(_summary(result, len(report.errors)))
    return min(len(report.errors), _MOST_ERRORS)


def _are_same(source: Connection, target: Connection) -> bool:
    """Options can name another server or another account: buckets of one name are not always one bucket."""
    if source.destination.display != target.destination.display:
        return False
    return source.values.as_given() == target.values.as_given()


def _settings(given: Given) -> MirrorSettings:
    from triplicati.engine.mirroring import MirrorSettings  # noqa: PLC0415

    return MirrorSettings(
        dry_run=given.dry_run,
        force=given.force,
        keeps_old=given.keeps_old,
        attempts=given.attempts,
        checks_all=given.checks_all,
        checks_copies=given.checks_copies,
        at_once=given.at_once,
        goes_on=True,
        despite_failures=given.despite_failures,
    )


def _remote(connection: Connection, given: Given, report: Report, *, writes: bool = False) -> Remote:
    from triplicati.engine.connecting import set_pace  # noqa: PLC0415
    from triplicati.engine.from_options import keys  # noqa: PLC0415
    from triplicati.engine.remote import Remote, RetryRule  # noqa: PLC0415

    remote = Remote(
        destination=connection.destination,
        prefix=given.prefix,
        keys=keys(connection.values, None),
        report=report,
        retry=RetryRule(given.retries, given.delay, given.backoff),
        create_folder=writes and given.creates and not given.dry_run,
    )
    set_pace(remote, connection.values)
    return remote


@contextlib.contextmanager
def _report(given: Given, screen: Screen, *connections: Connection) -> Iterator[Report]:
    """What happens goes to the screen and to the log file, without secrets."""
    import msgspec  # noqa: PLC0415

    from triplicati.messages.log import line_of  # noqa: PLC0415
    from triplicati.messages.progress import Report  # noqa: PLC0415
    from triplicati.reports.log_file import log_file  # noqa: PLC0415
    from triplicati.reports.log_rules import log_rule  # noqa: PLC0415

    rule = log_rule(given.log_level)
    chatty = rule.wants_verbose
    with contextlib.ExitStack() as stack:
        write = stack.enter_context(log_file(Path(given.log_file), rule)) if given.log_file else None

        def notify(event: Event) -> None:
            for connection in connections:
                event = msgspec.structs.replace(event, text=connection.hide(event.text))
            line = line_of(event, time.time())
            if write is not None:
                write(line)
            if rule.accepts(line) and (chatty or event.kind in ("message", "warning", "error")):
                screen.note(_shown(event))

        yield Report(notify)


def _shown(event: Event) -> str:
    if event.kind in ("message", "phase", "log"):
        return event.text
    if event.kind in ("warning", "error"):
        return f"{event.kind.title()}: {event.text}"
    return f"{event.kind} {event.text}".rstrip()


def _approval(given: Given, screen: Screen, report: Report) -> Approve:
    async def approve(planned: Planned) -> bool:
        total = sum(max(planned.source[name], 0) for name in planned.plan.copy)
        transfers, result = report.progress.transfers, planned.result

        def amounts() -> tuple[int, int]:
            under_way = sum(done for done, _ in list(transfers.values()))
            return min(result.copied_file_size + under_way, total), total

        if not await _confirmed(given, screen, planned, total):
            return False
        if planned.plan.copy and not given.dry_run:
            screen.watch(f"Copying {len(planned.plan.copy)} volumes", amounts)
        return True

    return approve


async def _confirmed(given: Given, screen: Screen, planned: Planned, total: int) -> bool:
    import trio  # noqa: PLC0415

    plan, where = planned.plan, planned.result.destination
    verb = "renamed" if given.keeps_old else "deleted"
    screen.note(
        f"{len(plan.same)} volumes are at {where} already; {len(plan.copy)} ({format_size(total)}) are to be"
        f" copied and {len(plan.remove)} to be {verb} there."
    )
    if given.confirmed or given.dry_run or not (plan.copy or plan.remove):
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    screen.note("Go on? [y/N]")
    answer = await trio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
    return answer.strip().lower() in ("y", "yes")


def _summary(result: MirrorResult, errors: int) -> str:
    would = "[Dryrun]: Would have copied" if result.dryrun else "Copied"
    parts = [f"{would} {result.copied_file_count} volumes ({format_size(result.copied_file_size)})"]
    parts.append(f"deleted {result.deleted_file_count}")
    if result.renamed_file_count:
        parts.append(f"renamed {result.renamed_file_count}")
    if result.verified_file_count or result.failed_verification_count:
        parts.append(f"compared {result.verified_file_count + result.failed_verification_count}")
    if result.failed_verification_count:
        parts.append(f"of which {result.failed_verification_count} differed")
    ending = f" {errors} error(s): the same command tries again what is missing." if errors else ""
    return f"{', '.join(parts)} at {result.destination}.{ending}"
