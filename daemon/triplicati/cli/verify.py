"""test <destination> [samples | all] (spec/cli.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.errors import InvalidValue
from triplicati.messages.results import VerifyResult
from triplicati.operations.verify import run_verify, samples_of

_DAMAGED, _NOTHING = 3, 100
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
    if not result.verifications:
        return _NOTHING
    return _DAMAGED if any(each.damaged for each in result.verifications) else 0


def lines(result: VerifyResult, *, full: bool) -> Iterator[str]:
    tested = result.verifications
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
