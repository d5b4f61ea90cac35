"""A program that shows on a desktop what its standard input says, and prints what was wanted there.

Each line of the input is a JSON list: a kind ("show", "tell", "end") and what belongs to it. It ends at a
command "quit", at "end" with that number (by an error if it is below 0), and at the end of the input.
"""

from __future__ import annotations

import sys
import threading

import msgspec

from triplicati.errors import TrayDesktopMissing
from triplicati_tray.desk import Command, Desk, Look, Notice
from triplicati_tray.desktop import open_desktop


class Player:
    def __init__(self) -> None:
        self._ended = threading.Event()
        self._code = 0

    def hear(self, command: Command) -> None:
        say("heard", command)
        if command.kind == "quit":
            self._ended.set()

    def play(self, desk: Desk) -> int:
        """What `Desk.run` runs."""
        say("plays")
        threading.Thread(target=self._read, args=(desk,), daemon=True).start()
        self._ended.wait()
        if self._code < 0:
            raise ValueError("asked to fail")
        return self._code

    def _read(self, desk: Desk) -> None:
        for line in sys.stdin:
            kind, what = msgspec.json.decode(line, type=tuple[str, msgspec.Raw])
            if kind == "show":
                desk.show(msgspec.json.decode(what, type=Look))
            elif kind == "tell":
                desk.tell(msgspec.json.decode(what, type=Notice))
            else:
                self._code = msgspec.json.decode(what, type=int)
                break
            say("took")
        self._ended.set()


_saying = threading.Lock()


def say(kind: str, what: object = None) -> None:
    with _saying:
        print(msgspec.json.encode([kind, what]).decode(), flush=True)


def main() -> int:
    player = Player()
    try:
        desk = open_desktop(player.hear)
    except TrayDesktopMissing as error:
        say("missing", error.message)
        return 3
    return desk.run(lambda: player.play(desk))


if __name__ == "__main__":
    sys.exit(main())
