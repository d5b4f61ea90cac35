"""Follows a server, shows how it is, and does what the user wants (spec/server.md 9)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Awaitable, Callable

import msgspec
import trio

from triplicati.client import EventStream
from triplicati.errors import (
    HostedServerFailed,
    InvalidValue,
    PasswordNeeded,
    ServerAnswerUnusable,
    ServerNeedsEvents,
    ServerNotTrusted,
    ServerRefused,
    ServerUnreachable,
    TriplicatiError,
    WrongPassword,
)
from triplicati_tray.browser import has_screen, open_browser
from triplicati_tray.desk import Command, Desk, Notice
from triplicati_tray.hosting import Host, Say
from triplicati_tray.inbox import Debounce, Inbox
from triplicati_tray.look import NAME, Link, look_of
from triplicati_tray.notices import Flood, notice_of
from triplicati_tray.options import TrayOptions
from triplicati_tray.pace import Pace
from triplicati_tray.reach import Reached, address, reached
from triplicati_tray.second_start import hear_knocks, lock_folder
from triplicati_tray.watching import Watched

_PACE = Pace()
# Words such as "yesterday" grow old.
_FRESH = 300.0
_OPENING = 30.0
_FAILED = 100
# A server that was only to set its first password (spec/server.md 1.9).
_ENDED_AS_ASKED = (102, 103)


class Agent:
    """`stay`: a server that does not start is shown, and does not end the tray."""

    def __init__(
        self, options: TrayOptions, desk: Desk, inbox: Inbox, say: Say, *, stay: bool, pace: Pace = _PACE
    ) -> None:
        self._pace = pace
        self._options = options
        self._desk = desk
        self._inbox = inbox
        self._stay = stay
        self._watched = Watched()
        self._flood = Flood()
        looks = "The server is starting" if options.hosting else f"Looking for {address(options)}"
        self._link = Link("starting", looks)
        self._reached: Reached | None = None
        self._came = trio.Event()
        self._again = trio.Event()
        hosting = options.hosting
        self._host = Host(options, self._server_ready, self._server_down, say, pace) if hosting else None
        self._serving = options.hosting
        self._code = 0

    async def run(self) -> int:
        """The exit code, when the user wants to quit or the server that belongs to it cannot be started."""
        self._show()
        async with trio.open_nursery() as nursery:
            if self._host is not None:
                nursery.start_soon(self._serve)
            nursery.start_soon(self._follow_again_and_again, nursery)
            nursery.start_soon(self._keep_fresh)
            nursery.start_soon(hear_knocks, lock_folder(self._options), self._knocked, self._pace.knock)
            await self._obey(nursery)
            self._set(Link("starting", f"{NAME} is ending"))
            nursery.cancel_scope.cancel()
        return self._code

    # --- the server ----------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        assert self._host is not None
        self._serving = True
        try:
            await self._host.run()
            self._again.set()
        except HostedServerFailed as error:
            code = error.details.get("code")
            if code in _ENDED_AS_ASKED:
                self._quit(int(str(code)))
                return
            self._set(Link("stuck", str(error), hosted=True))
            if self._stay:
                self._desk.tell(Notice(f"{NAME} could not start", str(error.details.get("reason")), "error"))
            else:
                self._quit(_FAILED)
        finally:
            self._serving = False

    def _quit(self, code: int) -> None:
        self._code = code
        self._inbox.hear(Command("quit"))

    def _server_ready(self) -> None:
        self._set(Link("starting", "Connecting to the server", hosted=True))
        self._again.set()

    def _server_down(self, text: str, first: bool) -> None:
        self._lose()
        self._set(Link("lost", text, hosted=True))
        if first:
            self._desk.tell(Notice(NAME, f"{text}.", "error"))

    def _lose(self) -> None:
        self._reached = None
        # Whoever waits already goes on waiting for the same.
        if self._came.is_set():
            self._came = trio.Event()

    # --- what is shown -------------------------------------------------------------------------------------

    def _set(self, link: Link) -> None:
        self._link = link
        self._show()

    def _show(self) -> None:
        self._desk.show(look_of(self._watched, self._link, time.time()))

    async def _keep_fresh(self) -> None:
        while True:
            await trio.sleep(_FRESH)
            self._show()

    # --- following -----------------------------------------------------------------------------------------

    async def _follow_again_and_again(self, nursery: trio.Nursery) -> None:
        failures = 0
        while True:
            if self._is_ready_to_look():
                self._again = trio.Event()
                try:
                    await self._follow(nursery)
                except TriplicatiError as error:
                    failures = 0 if self._link.kind == "up" else failures + 1
                    if self._is_ready_to_look():
                        self._set(self._link_after(error))
            pause = min(self._pace.slowest, self._pace.slower * failures)
            waits_for_user = self._link.kind == "stuck" or not self._is_ready_to_look()
            with trio.move_on_after(float("inf") if waits_for_user else pause):
                await self._again.wait()

    def _is_ready_to_look(self) -> bool:
        """Not while a server of our own is on its way, or one that failed waits for the user."""
        return self._host is None or not self._serving or self._host.is_ready

    async def _follow(self, nursery: trio.Nursery) -> None:
        """Until the connection is lost. Raises why."""
        async with reached(self._options) as found, found.client.events(
            self._watched.seen, patience=self._pace.unseen
        ) as events:
            try:
                await self._hear(events, found, nursery)
            except ServerRefused as error:
                if error.status in (400, 404, 405):
                    raise ServerNeedsEvents(url=found.client.url) from None
                raise
            finally:
                self._lose()

    async def _hear(self, events: EventStream, found: Reached, nursery: trio.Nursery) -> None:
        async for event in events:
            try:
                news = self._watched.hear(event)
            except msgspec.ValidationError:
                self._watched.seen = None  # the next connection begins with all there is
                raise ServerAnswerUnusable(url=found.client.url) from None
            if self._reached is None:
                self._reached = found
                self._came.set()
                nursery.start_soon(self._greet, nursery)
            hosted = self._host is not None and self._host.is_hosting
            self._set(Link("up", hosted=hosted))
            for each in news:
                notice = notice_of(each, self._options.wanted)
                if notice is not None and self._flood.passes(trio.current_time()):
                    self._desk.tell(notice)

    def _link_after(self, error: TriplicatiError) -> Link:
        hosted = self._host is not None and self._host.is_hosting
        where = address(self._options)
        match error:
            case WrongPassword():
                text = f"{where} does not accept the password: start the tray with the new one"
                return Link("stuck", text)
            case PasswordNeeded():
                text = f"{where} asks for its password: start the tray with DUPLICATI__WEBSERVICE_PASSWORD"
                return Link("stuck", text)
            case ServerNotTrusted():
                reason = error.details.get("reason")
                text = f"The certificate of {where} is not trusted ({reason}): give it with --host-cert-hash"
                return Link("stuck", text)
            case InvalidValue() | ServerNeedsEvents():
                return Link("stuck", str(error))
        if isinstance(error, ServerAnswerUnusable):
            return Link("lost", f"Its answers are not understood ({where}): trying again", hosted)
        if isinstance(error, ServerUnreachable) or error.id == "NoLocalServer":
            return Link("lost", f"Not connected to {where}: trying again", hosted)
        return Link("lost", f"Not connected to {where}: {error}", hosted)

    async def _greet(self, nursery: trio.Nursery) -> None:
        """Opens the page at the first start, and where its address is not the one the user knows."""
        found = self._reached
        if found is None or not self._can_open():
            return
        with contextlib.suppress(TriplicatiError):  # it is asked again at the next connection
            settings = await found.client.settings()
            flags = [name for name in _OPENING_FLAGS if settings.get(name, "").lower() == "true"]
            if flags:
                await self._open("/", nursery)
                await found.client.change_settings(dict.fromkeys(flags, "False"))

    def _can_open(self) -> bool:
        return self._options.browser is not None or has_screen()

    # --- commands ------------------------------------------------------------------------------------------

    async def _obey(self, nursery: trio.Nursery) -> None:
        """Until the user wants to quit."""
        debounce = Debounce()
        while True:
            command = await self._inbox.next()
            if command.kind == "quit":
                return
            if debounce.passes(command, trio.current_time()):
                nursery.start_soon(self._try, command, nursery)

    async def _try(self, command: Command, nursery: trio.Nursery) -> None:
        try:
            if command.kind == "reconnect":
                self._reconnect(nursery)
            elif command.kind in ("open", "show"):
                await self._open(command.argument or "/", nursery)
            else:
                await self._order(command)
        except TriplicatiError as error:
            title = _FAILURES.get(command.kind, "That did not work")
            self._desk.tell(Notice(title, str(error).removeprefix(f"{title}: "), "error"))

    def _knocked(self) -> None:
        self._inbox.hear(Command("open"))

    def _reconnect(self, nursery: trio.Nursery) -> None:
        if self._host is not None and not self._serving and self._link.kind != "up":
            self._set(Link("starting", "The server is starting", hosted=True))
            self._serving = True
            nursery.start_soon(self._serve)
            return
        if self._link.kind != "up":
            self._set(Link("starting", f"Connecting to {address(self._options)}"))
        self._again.set()

    async def _open(self, path: str, nursery: trio.Nursery) -> None:
        """Raises `BrowserMissing` and what asking raises."""
        found = await self._connected()
        url = await found.page(path)
        # A command of the user may run for as long as its window is open.
        await nursery.start(open_browser, url, self._options.browser, f"{found.client.url}/")

    async def _order(self, command: Command) -> None:
        client = (await self._connected()).client
        actions: dict[str, Callable[[], Awaitable[object]]] = {
            "run": lambda: client.run(command.argument),
            "stop": self._stop,
            "pause": lambda: client.pause(command.argument),
            "resume": client.resume,
            "acknowledge": client.dismiss_notifications,
        }
        await actions[command.kind]()

    async def _stop(self) -> None:
        """What was read so far is still uploaded, and is a version; that takes seconds, not the rest of a
        large file."""
        client = (await self._connected()).client
        if (running := self._watched.running) is not None:
            await client.stop(running.id, "now")

    async def _connected(self) -> Reached:
        """Waits for a server that is about to come. Raises `ServerUnreachable`."""
        is_soon = self._link.kind == "starting" or (self._link.kind == "lost" and self._link.hosted)
        if self._reached is None and is_soon:
            with trio.move_on_after(_OPENING):
                await self._came.wait()
        if self._reached is None:
            raise ServerUnreachable(url=address(self._options), reason=self._link.text)
        return self._reached


_OPENING_FLAGS = ("is-first-run", "server-port-changed")
_FAILURES = {
    "open": "The page could not be opened",
    "show": "The page could not be opened",
    "run": "The backup could not be started",
    "stop": "It could not be stopped",
    "pause": "It could not be paused",
    "resume": "It could not be resumed",
}
