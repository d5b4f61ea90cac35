"""re-encrypt <destination>, which Duplicati does not have."""

from __future__ import annotations

from collections.abc import Iterator

from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.cli.running import run_to_the_end
from triplicati.engine.stopping import StopRequest
from triplicati.errors import UsageError
from triplicati.messages.results import ReencryptResult
from triplicati.operations.reencrypting import run_reencrypt
from triplicati.values.sizes import format_size


async def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("re-encrypt", "Only a destination is needed.")
    stop = StopRequest()
    try:
        result = await run_to_the_end(
            lambda: run_reencrypt(request, stop), request.console, request.report, stop, "encrypted anew"
        )
    except UsageError as error:
        raise wrong_usage("re-encrypt", str(error)) from None
    return Ended(result, lambda: lines(result))


def lines(result: ReencryptResult) -> Iterator[str]:
    count, size = result.reencrypted_file_count, format_size(result.reencrypted_file_size)
    if result.dryrun:
        yield f"[Dryrun]: Would encrypt {count} volume(s) anew ({size})"
        return
    yield f"Encrypted {count} volume(s) anew ({size})"
    if result.left:
        left = format_size(result.left_size)
        yield f"Left for the next run: {result.left} volume(s) ({left})."
        yield "Until then both passphrases are needed."
    else:
        yield "Every volume has the new encryption: use it from now on, in saved backups too."
