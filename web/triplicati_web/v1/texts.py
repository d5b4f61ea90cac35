"""Texts about the program, and the updates that it never looks for (spec/server.md 3.14, 3.16)."""

from __future__ import annotations

import msgspec
import trio

from triplicati import __version__
from triplicati.config.changelog import changelog_folder, lines
from triplicati.errors import TextNotFound
from triplicati.messages.api_texts import Acknowledgements, ChangelogText, LicenseText, UpdateState
from triplicati.runner.licenses import acknowledgements, licenses
from triplicati_web.routing import Call, Route

_TAG = "system"
_WIDTH = 100


class ChangelogQuery(msgspec.Struct, rename="kebab"):
    from_update: bool = False


async def thanks(call: Call) -> Acknowledgements:
    return Acknowledgements(await trio.to_thread.run_sync(acknowledgements))


async def all_licenses(call: Call) -> list[LicenseText]:
    return await trio.to_thread.run_sync(licenses)


async def changelog(call: Call) -> ChangelogText:
    wanted: ChangelogQuery = call.query
    if wanted.from_update:
        raise TextNotFound(kind="update")
    text = await trio.to_thread.run_sync(lambda: "\n".join(lines(changelog_folder(), _WIDTH)))
    if not text:
        raise TextNotFound(kind="changelog")
    return ChangelogText(__version__, text)


async def check_updates(call: Call) -> None:
    """There is nothing to ask, and that is well."""


async def updates(call: Call) -> UpdateState:
    return UpdateState()


ROUTES = (
    Route(
        "GET",
        "/api/v1/acknowledgements",
        thanks,
        "Whose work is in this program",
        _TAG,
        answer=Acknowledgements,
    ),
    Route(
        "GET",
        "/api/v1/licenses",
        all_licenses,
        "The licences of all packages",
        _TAG,
        answer=list[LicenseText],
    ),
    Route(
        "GET",
        "/api/v1/changelog",
        changelog,
        "What changed between releases",
        _TAG,
        query=ChangelogQuery,
        answer=ChangelogText,
    ),
    Route("POST", "/api/v1/updates/check", check_updates, "Does nothing: updates come otherwise", _TAG),
    Route("GET", "/api/v1/updates", updates, "Whether there is an update", _TAG, answer=UpdateState),
)
