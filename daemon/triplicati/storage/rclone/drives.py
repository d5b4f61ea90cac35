"""Which drive of Microsoft's an address means: one's own, that of a site, or that of a group.

rclone wants the id and the kind of the drive, and can only ask for them in a conversation.
"""

from __future__ import annotations

from typing import TypeVar
from urllib.parse import quote

import msgspec

from triplicati.errors import DestinationError, DestinationOptionMissing, DestinationSignInRefused
from triplicati.storage.http.exchange import Answer, Request
from triplicati.storage.http.server import Endpoint, Server
from triplicati.storage.kind_options import KindOptions

GRAPH = Endpoint("graph.microsoft.com", 443, secure=True)


_T = TypeVar("_T")


class _Drive(msgspec.Struct):
    id: str
    kind: str = msgspec.field(name="driveType", default="business")


class _Group(msgspec.Struct):
    id: str


class _Groups(msgspec.Struct):
    value: list[_Group]


async def drive_of(given: KindOptions, token: str, graph: Endpoint = GRAPH) -> dict[str, str]:
    """rclone's parameters ``drive_id`` and ``drive_type``."""
    target = await _target(given, token, graph)
    drive = await _asked(graph, target, token, _Drive, given.url.scheme)
    return {"drive_id": drive.id, "drive_type": drive.kind}


async def _target(given: KindOptions, token: str, graph: Endpoint) -> str:
    scheme = given.url.scheme
    if scheme == "sharepoint":
        return f"/v1.0/sites/{quote(given.required('site-id'), safe=',.')}/drive"
    if scheme == "msgroup":
        return f"/v1.0/groups/{quote(await _group(given, token, graph), safe='')}/drive"
    wanted = given.text("drive-id")
    return f"/v1.0/drives/{quote(wanted, safe='!')}" if wanted else "/v1.0/me/drive"


async def _group(given: KindOptions, token: str, graph: Endpoint) -> str:
    if found := given.text("group-id"):
        return found
    mail = given.text("group-email")
    if not mail:
        raise DestinationOptionMissing(scheme="msgroup", option="group-id", hint=" or --group-email")
    condition = quote("mail eq '" + mail.replace("'", "''") + "'", safe="")
    groups = await _asked(graph, f"/v1.0/groups?$filter={condition}", token, _Groups, "msgroup")
    if len(groups.value) != 1:
        raise DestinationError(reason=f"{len(groups.value)} groups have the mail address {mail}")
    return groups.value[0].id


async def _asked(graph: Endpoint, target: str, token: str, kind: type[_T], scheme: str) -> _T:
    request = Request("GET", target, (("Authorization", f"Bearer {token}"), ("Accept", "application/json")))
    answer = await Server(graph).ask(request)
    if answer.status in (401, 403):
        reason = f"status {answer.status}{_why(answer)}"
        raise DestinationSignInRefused(host=graph.host, reason=reason, scheme=scheme)
    if answer.status != 200:
        raise DestinationError(reason=f"{graph.host} answered with status {answer.status}{_why(answer)}")
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DestinationError(reason=f"what {graph.host} answers is not understood") from error


def _why(answer: Answer) -> str:
    try:
        return f": {msgspec.json.decode(answer.content)['error']['message']}"
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
        return ""
