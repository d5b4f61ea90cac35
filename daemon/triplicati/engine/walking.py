"""From the settings of a backup to what is looked at: which folders, by which rules, all of it or some."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import msgspec
import trio

from triplicati.engine.scanning import SourceWalk
from triplicati.engine.settings import BackupSettings
from triplicati.engine.sources import named_in, overlapping, resolve_sources
from triplicati.index.settings import MARKS_ASKED
from triplicati.messages.progress import Report
from triplicati.source.exclusion_marks import ExclusionMarks
from triplicati.source.filters import Filter, compile_filter
from triplicati.source.named_paths import look_at
from triplicati.source.names import stored_name
from triplicati.source.rules import Decide, Elsewhere, Found, MarksAsked, WalkRules, moved
from triplicati.source.walk import walk


class WalkPlan(msgspec.Struct, frozen=True):
    """`roots` are absolute. `named`: only `paths` are looked at and `deleted` taken as gone; the rest stays
    as it is in the newest version."""

    roots: tuple[str, ...]
    rules: WalkRules
    named: bool = False
    paths: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


def plan_walk(
    settings: BackupSettings,
    report: Report,
    *,
    database: Path | None = None,
    destination: Path | None = None,
) -> WalkPlan:
    """`database` and the local folder of the `destination` are left out. Raises what `resolve_sources` and
    `compile_filter` raise."""
    roots, rules = resolve_sources(settings, report)
    compiled: Filter | None = None
    if rules:
        compiled = compile_filter(rules, case_sensitive=settings.case_sensitive)
        if compiled.excludes_all:
            report.warning(
                "FilterExcludesAll", "A filter excludes everything before any include is reached."
            )
    excluded = set(settings.excluded)
    if database is not None:
        excluded |= {str(database.absolute()) + suffix for suffix in ("", "-wal", "-shm", "-journal")}
    if destination is not None and overlapping(roots, destination):
        report.message(f"The destination {destination} lies in the source and is left out.")
        excluded.add(str(destination))
    named = bool(settings.changed)
    if settings.deleted and not named:
        report.message("The option --deleted-files counts only together with --changed-files.")
    return WalkPlan(
        roots=tuple(roots),
        rules=WalkRules(
            filter=compiled,
            symlinks=settings.symlinks,
            hardlinks=settings.hardlinks,
            largest=settings.largest_file,
            excluded=frozenset(excluded),
            ignore_names=settings.ignore_names,
            attributes=settings.attributes,
            empty_folders=settings.empty_folders,
            case_sensitive=settings.case_sensitive,
        ),
        named=named,
        paths=named_in(roots, settings.changed, settings, report),
        deleted=tuple(map(stored_name, named_in(roots, settings.deleted, settings, report))) if named else (),
    )


def marks_asked(
    settings: BackupSettings, recorded: Mapping[str, str], base: int, *, verbose: bool
) -> MarksAsked:
    """What is to be asked for exclusion marks; `base` is the newest version's id.

    A mark that comes or goes changes the ctime. So where all files of the newest version were asked once,
    only those that may have changed are asked again, while they are compared.
    """
    if not settings.exclusion_marks or sys.platform == "win32":
        return "none"
    asked_once = MARKS_ASKED in recorded and base >= int(recorded[MARKS_ASKED])
    at_once = bool(settings.changed) or not settings.empty_folders or verbose
    return "folders" if asked_once and not at_once else "all"


def start_walk(
    plan: WalkPlan,
    report: Report,
    *,
    marks: MarksAsked,
    elsewhere: Elsewhere = Elsewhere(),  # noqa: B008 - it cannot be changed
    decide: Decide | None = None,
) -> SourceWalk:
    """To be gone through in a thread. `marks` and `decide` as in `WalkRules`."""
    places, excluded = elsewhere.places, plan.rules.excluded | elsewhere.own
    if places:
        excluded |= {moved(stored_name(path), path, places) for path in excluded}
    rules = msgspec.structs.replace(
        plan.rules, marks=marks, places=places, excluded=excluded, decide=decide
    )
    return SourceWalk(
        found=_told(plan, rules, report),
        is_marked=ExclusionMarks().on if marks == "folders" else None,
        named=plan.named,
        deleted=plan.deleted,
    )


def telling(report: Report) -> Decide | None:
    """Each decision as a line for the log, said in the thread that walks; None when nobody wants them."""
    if not report.verbose:
        return None

    def decide(identity: str, text: str) -> None:
        trio.from_thread.run_sync(report.log, "Verbose", identity, text)

    return decide


def _told(plan: WalkPlan, rules: WalkRules, report: Report) -> Iterator[Found]:
    escaped: list[str] = []

    def complain(identity: str, text: str, path: str) -> None:
        if identity != "EscapedName":
            trio.from_thread.run_sync(report.warning, identity, text, path)
            return
        escaped.append(path)

    if plan.named:
        yield from look_at(plan.paths, plan.roots, rules, complain)
    else:
        yield from walk(plan.roots, rules, complain)
    if escaped:
        trio.from_thread.run_sync(report.warning, "EscapedName", _escaped(escaped), escaped[0])


def _escaped(paths: Collection[str]) -> str:
    return (
        f"{len(paths)} name(s) are no valid UTF-8 and are stored under an escape, for example"
        f" {next(iter(paths))}."
        " Triplicati restores them exactly, Duplicati under the escaped name."
    )
