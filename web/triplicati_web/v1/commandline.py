"""Command lines that are run by the server (spec/server.md 3.14)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from triplicati.messages.api_commands import CommandOutput, CommandStarted
from triplicati.runner.command_words import backup_id_of, command_names, command_words
from triplicati.runner.daemon import Daemon
from triplicati_web.routing import Call, Route

_TAG = "command line"
_MOST = 1000


class PageQuery(msgspec.Struct):
    offset: Annotated[int, msgspec.Meta(ge=0)] = 0
    pagesize: Annotated[int, msgspec.Meta(ge=1)] = 100


async def names(call: Call) -> list[str]:
    return command_names()


async def run(call: Call) -> CommandStarted:
    daemon: Daemon = call.daemon
    words: list[str] = call.body
    backup_id = backup_id_of(words)
    backup = await daemon.backup(backup_id) if backup_id else None
    defaults = await daemon.store.application_options()
    wanted = command_words(words, backup, defaults, daemon.settings.forced)
    return CommandStarted(daemon.commands.start(wanted, daemon.scratch).id)


async def output(call: Call) -> CommandOutput:
    daemon: Daemon = call.daemon
    page: PageQuery = call.query
    found = daemon.commands.find(call.path["id"])
    size = min(page.pagesize, _MOST)
    items = found.lines[page.offset : page.offset + size]
    return CommandOutput(size, page.offset, len(found.lines), items, found.finished)


async def abort(call: Call) -> None:
    daemon: Daemon = call.daemon
    daemon.commands.find(call.path["id"]).aborted.set()


ROUTES = (
    Route(
        "GET", "/api/v1/commandline", names, "The commands that can be run", _TAG, answer=list[str]
    ),
    Route(
        "POST",
        "/api/v1/commandline",
        run,
        "Run a command line",
        _TAG,
        body=list[str],
        answer=CommandStarted,
    ),
    Route(
        "GET",
        "/api/v1/commandline/{id}",
        output,
        "What a command line printed",
        _TAG,
        query=PageQuery,
        answer=CommandOutput,
    ),
    Route("POST", "/api/v1/commandline/{id}/abort", abort, "End a command line", _TAG),
)
