"""test <destination> [samples | all] (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.errors import InvalidValue
from triplicati.messages.results import CheckedVolume, DrilledVersion, VerifyResult
from triplicati.operations.verify import run_verify, samples_of
from triplicati.values.sizes import format_size
from triplicati.values.stamps import format_local

_DAMAGED, _WARNINGS, _NOTHING = 3, 2, 100
_SHOWN = 10


async def run(request: Request) -> Ended:
    if len(request.positionals) > 1:
        raise wrong_usage("test", "Only a destination and a number of samples are needed.")
    try:
        samples = samples_of(request.positionals)
    except InvalidValue as error:
        raise wrong_usage("test", str(error)) from None
    stop = StopRequest()
    result = await run_to_the_end(
        lambda: run_verify(request, samples, stop), request.console, request.report, stop, "tested"
    )
    full = request.values.boolean("full-result")
    return Ended(result, lambda: lines(result, full=full), lambda: code(result))


def code(result: VerifyResult) -> int:
    if any(each.damaged for each in result.verifications):
        return _DAMAGED
    if any(each.damaged or each.unreached for each in result.drills):
        return _DAMAGED
    if any(each.source_differs for each in result.drills):
        return _WARNINGS
    return 0 if result.verifications or result.drills else _NOTHING


def lines(result: VerifyResult, *, full: bool) -> Iterator[str]:
    if result.verifications or not result.drills:
        yield from _tested(result.verifications, full=full)
    for each in result.drills:
        yield from _drilled(each)


def _drilled(drill: DrilledVersion) -> Iterator[str]:
    wrong = [*drill.damaged, *drill.unreached]
    which = f"version {drill.version} ({format_local(drill.time)})"
    amount = f"{drill.files} files ({format_size(drill.bytes)}) of {which}"
    if wrong:
        yield f"Restored {amount} as recorded, and {len(wrong)} not:"
        yield from (f"\t{each.path}: {each.problem}" for each in wrong)
    else:
        yield f"Restored {amount} for trial: all as recorded"
    same = drill.compared_with_source - len(drill.source_differs)
    if drill.compared_with_source:
        yield f"{same} of {drill.compared_with_source} unchanged sources have the same content"
    yield from (f"\t{path}: its source differs" for path in drill.source_differs)


def _tested(tested: Sequence[CheckedVolume], *, full: bool) -> Iterator[str]:
    if not tested:
        yield "No files examined, is the remote destination empty?"
        return
    if not any(each.damaged for each in tested):
        yield f"Examined {len(tested)} files and found no errors"
        if not full:
            return
    for volume in tested:
        if not (full or volume.damaged):
            continue
        if not volume.value:
            yield f"{volume.key}: No errors"
            continue
        yield f"{volume.key}: {len(volume.value)} errors"
        shown = volume.value if full else volume.value[:_SHOWN]
        yield from (f"\t{each.key}: {each.value}" for each in shown)
        if len(shown) < len(volume.value):
            yield f"\t... and {len(volume.value) - len(shown)} more"
        yield ""
