"""search <destination> [folder ...] (spec/cli.md 1.3)."""

from __future__ import annotations

import time

from triplicati.cli.ending import Ended
from triplicati.cli.list_file_versions import HEADING, chosen_versions, lines
from triplicati.cli.reading import look_into
from triplicati.cli.request import Request
from triplicati.cli.results import wants_json
from triplicati.engine.from_options import case_sensitive
from triplicati.engine.listing import accepting
from triplicati.engine.looking import search
from triplicati.index.database import Database
from triplicati.messages.results import FileVersion, FileVersionsResult


async def run(request: Request) -> Ended:
    accepts = accepting((), request.rules(), case_sensitive=case_sensitive(request.environment))

    async def work(database: Database) -> FileVersionsResult:
        result = FileVersionsResult(main_operation="SearchFiles", begin_time=time.time())
        json, console = wants_json(request), request.console
        if not json:
            console.result(HEADING)

        def each(found: list[FileVersion]) -> None:
            if json:
                result.files += found
            else:
                console.results(lines(found))

        versions = await chosen_versions(request, database)
        if not await search(database, versions, request.positionals, accepts, each) and not json:
            console.result("No files matched expression")
        result.end_time = time.time()
        return result

    return Ended(await look_into(request, work))
