"""The public client: what can be asked of a server, and told to it."""

from __future__ import annotations

import base64
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Literal
from urllib.parse import quote, unquote

import msgspec
import trio

from triplicati.client.answers import (
    BackupEntry,
    Export,
    Forever,
    Imported,
    Listed,
    LogRow,
    RunEntry,
    Runs,
    Started,
    TaskEntry,
    Token,
)
from triplicati.client.connection import Connection, Credentials, Query
from triplicati.client.events import EventStream
from triplicati.client.servers import find_server
from triplicati.client.tls import Verify
from triplicati.client.waiting import Outcome, Show, wait
from triplicati.errors import BackupUnknown, ServerAnswerUnusable, ServerRefused, TaskNotFound
from triplicati.messages.api_state import ServerStatus
from triplicati.values.secrets import Secret

LOCAL = "http://localhost:8200"
StopKind = Literal["after-file", "now", "abort"]
_V1, _V2 = "/api/v1", "/api/v2"
_STOPS: dict[StopKind, str] = {
    "after-file": f"{_V1}/task/{{}}/stop",
    "now": f"{_V2}/task/{{}}/stop-now",
    "abort": f"{_V1}/task/{{}}/abort",
}


@asynccontextmanager
async def connect(
    url: str = LOCAL,
    *,
    password: str | None = None,
    token: str | None = None,
    signin_token: str | None = None,
    verify: Verify = True,
    certificate_hash: str | None = None,
    patience: float = 60.0,
) -> AsyncIterator[Client]:
    """A signed-in client, by the first that is given of: an access token, a sign-in token, the password.

    `verify`: False trusts any certificate, a path is the file of an authority. `certificate_hash` is the
    SHA-256 of the only certificate to be trusted. `patience` in seconds, for one answer.

    Raises `ServerUnreachable`, `ServerNotTrusted`, `PasswordNeeded`, `WrongPassword`, `ServerRefused`.
    """

    async def given() -> str:
        return signin_token or ""

    credentials = Credentials(
        token=Secret(token) if token else None,
        signin=given if signin_token else None,
        password=Secret(password) if password is not None else None,
    )
    async with connected(url, credentials, verify, certificate_hash, patience) as client:
        yield client


@asynccontextmanager
async def connected(
    url: str, credentials: Credentials, verify: Verify, certificate_hash: str | None, patience: float = 60.0
) -> AsyncIterator[Client]:
    """As `connect`."""
    server = await find_server(url, verify, certificate_hash)
    connection = Connection(server, credentials, patience)
    failure: BaseException | None = None
    async with connection.http:
        await connection.sign_in()
        async with trio.open_nursery() as nursery:
            try:
                yield Client(connection, nursery)
            except (Exception, KeyboardInterrupt, SystemExit) as error:
                failure = error  # raised below, for a nursery would wrap it
            nursery.cancel_scope.cancel()
        await connection.sign_out()
    if failure is not None:
        raise failure


class Client:
    """Made by `connect`. Every method raises `ServerUnreachable`, `NotSignedIn` and `ServerRefused`, whose
    `id` is the one that the server gave."""

    def __init__(self, connection: Connection, nursery: trio.Nursery) -> None:
        self._connection = connection
        self._nursery = nursery
        self._backup_of: dict[int, str] = {}

    @property
    def url(self) -> str:
        return self._connection.server.url

    # --- backups -------------------------------------------------------------------------------------------

    async def backups(self) -> list[BackupEntry]:
        rows = await self._connection.ask("GET", f"{_V1}/backups", list[Listed])
        return [row.entry for row in rows]

    async def backup(self, which: str) -> BackupEntry:
        """By its id, or its name in any case. Raises `BackupUnknown`."""
        found = await self.backups()
        by_id = next((each for each in found if each.id == which), None)
        by_name = [each for each in found if each.name.casefold() == which.casefold()]
        if by_id is None and len(by_name) != 1:
            raise BackupUnknown(which=which)
        return by_id or by_name[0]

    async def run(self, which: str, *, skip_queue: bool = False) -> int:
        """Starts a backup and gives its task; one that runs or waits already is that task."""
        backup = await self.backup(which)
        path = f"{_V1}/backup/{quote(backup.id, safe='')}/run"
        answer = await self._connection.ask("POST", path, Started, query={"skipqueue": skip_queue})
        self._backup_of[answer.id] = backup.id
        return answer.id

    async def delete(
        self, which: str, *, remote_files: bool = False, local_database: bool = False, force: bool = False
    ) -> int:
        """The task that deletes it. Raises `ServerRefused` while it runs, unless `force`."""
        backup = await self.backup(which)
        query = {
            "delete-remote-files": remote_files,
            "delete-local-db": local_database,
            "force": force,
        }
        path = f"{_V1}/backup/{quote(backup.id, safe='')}"
        return (await self._connection.ask("DELETE", path, Started, query=query)).id

    async def export(self, which: str, *, passphrase: str = "", passwords: bool = False) -> Export:
        """The job file, encrypted with `passphrase` if there is one; `passwords`: with its secrets in it."""
        backup = await self.backup(which)
        id_ = quote(backup.id, safe="")
        token = await self._connection.ask("POST", f"{_V1}/auth/issuetoken/export", Token)
        query: Query = {"export-passwords": passwords, "passphrase": passphrase, "token": token.token}
        answer = await self._connection.request("GET", f"{_V1}/backup/{id_}/export", query=query)
        _, _, name = answer.headers.get("content-disposition", "").partition("filename=")
        return Export(unquote(name.strip('" ')) or f"{backup.name}-duplicati-config.json", answer.content)

    async def import_backup(
        self,
        content: bytes,
        *,
        passphrase: str = "",
        metadata: bool = False,
        replace: dict[str, str] | None = None,
    ) -> str:
        """The id of the backup that a job file became. `replace`: members and ``settings.<name>`` to
        change."""
        body = {
            "config": base64.b64encode(content).decode(),
            "cmdline": False,
            "import_metadata": metadata,
            "direct": True,
            "passphrase": passphrase,
            "temporary": False,
            "replace_settings": replace,
        }
        found = await self._connection.ask("POST", f"{_V1}/backups/import", Imported, body=body)
        if found.id is None:
            raise ServerAnswerUnusable(url=self.url)
        return found.id

    async def log(self, which: str, *, count: int = 100) -> list[LogRow]:
        """The newest rows of the log of a backup, at most 500."""
        backup = await self.backup(which)
        path = f"{_V1}/backup/{quote(backup.id, safe='')}/log"
        found = await self._connection.ask("GET", path, list[LogRow], query={"pagesize": max(count, 10)})
        return found[:count]

    async def runs(self, backup_id: str, task_id: int | None = None) -> list[RunEntry]:
        """The latest runs, the newest first; of one task only, if given. Empty where a server has none."""
        try:
            path = f"{_V2}/backup/{quote(backup_id, safe='')}/runs"
            found = (await self._connection.ask("GET", path, Runs)).data
        except (ServerRefused, ServerAnswerUnusable):
            return []
        return [each for each in found if task_id is None or each.task_id == task_id]

    # --- tasks ---------------------------------------------------------------------------------------------

    async def tasks(self) -> list[TaskEntry]:
        """The running one, then those that wait."""
        return await self._connection.ask("GET", f"{_V1}/tasks", list[TaskEntry])

    async def task(self, number: int) -> TaskEntry:
        """Raises `TaskNotFound`; the last hundred that ended are known."""
        try:
            found = await self._connection.ask("GET", f"{_V1}/task/{number}", TaskEntry)
        except ServerRefused as error:
            if error.status == 404:
                raise TaskNotFound from None
            raise
        if not found.backup_id and number in self._backup_of:
            return msgspec.structs.replace(found, backup_id=self._backup_of[number])
        return found

    async def wait(self, number: int, *, show: Show | None = None, interval: float = 5.0) -> Outcome:
        """Returns when a task has ended. `show` is called with its progress, some times a second; `interval`
        is for servers that have to be asked again and again. Raises `TaskNotFound`, `TaskLost`."""
        return await wait(self, number, show, interval)

    async def stop(self, number: int, kind: StopKind = "after-file") -> None:
        """After the file it works on, now (what was uploaded is kept), or at once without any care.

        Raises `TaskNotFound`."""
        try:
            await self._connection.request("POST", _STOPS[kind].format(number))
        except ServerRefused as error:
            if error.status == 404:
                raise TaskNotFound from None
            raise

    # --- the server ----------------------------------------------------------------------------------------

    async def status(self) -> ServerStatus:
        return await self._connection.ask("GET", f"{_V1}/serverstate", ServerStatus)

    async def pause(self, duration: str = "") -> None:
        """For a time such as ``30m`` or ``1D``, or until resumed."""
        await self._connection.request(
            "POST", f"{_V1}/serverstate/pause", query={"duration": duration or None}
        )

    async def resume(self) -> None:
        await self._connection.request("POST", f"{_V1}/serverstate/resume")

    async def switch_schedule(self, which: str, *, on: bool) -> None:
        """That of one backup, by its id or its name. Raises `BackupUnknown`."""
        backup = await self.backup(which)
        verb = "resume" if on else "pause"
        path = f"{_V2}/backup/{quote(backup.id, safe='')}/schedule/{verb}"
        await self._connection.request("POST", path)

    async def health(self) -> str:
        """What the server says of itself, as it says it."""
        return (await self._connection.request("GET", "/health")).text

    async def change_password(self, password: str) -> None:
        path = f"{_V1}/serversetting/server-passphrase"
        await self._connection.request("PUT", path, body=password)

    async def settings(self) -> dict[str, str]:
        """Of the server, without secrets, and with dashes the options of every backup (spec/server.md 4.10).
        Booleans are the texts True and False."""
        return await self._connection.ask("GET", f"{_V1}/serversettings", dict[str, str])

    async def change_settings(self, changes: Mapping[str, str | None]) -> None:
        """None empties a setting, and removes an option."""
        await self._connection.request("PATCH", f"{_V1}/serversettings", body=dict(changes))

    async def dismiss_notifications(self) -> None:
        """All of them, so that the server shows no warning and no error any more."""
        await self._connection.request("DELETE", f"{_V1}/notifications")

    async def sign_in_link(self, password: str) -> str:
        """An address that opens the page signed in, once. Raises `WrongPassword`."""
        token = await self._connection.sign_in_token(password)
        return f"{self.url}/signin.html?token={token}"

    async def forever_token(self) -> str:
        """An access token without an end, where the server was started to give one."""
        path = f"{_V1}/auth/issue-forever-token"
        return (await self._connection.ask("POST", path, Forever)).access_token

    def events(self, since: int | None = None, *, patience: float = math.inf) -> EventStream:
        """What happens from now on, beginning with a snapshot; with the number of an earlier `Event`, what
        has happened since. `patience`: seconds without a connection after which it gives up."""
        return EventStream(self._connection, self._nursery, since, patience)


__all__: Sequence[str] = ("BackupEntry", "Client", "Export", "LogRow", "connect", "connected")
