"""``change-password``: gives the server a new one."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session, has_terminal, read_secret
from triplicati.errors import EmptyPassword, PasswordMismatch


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("new", nargs="?", help="the new password; if not given, it is asked for")


async def run(session: Session) -> int:
    async with session.client() as client:
        new = session.words.new
        if new is None:
            new = read_secret("New password: ")
            if has_terminal() and read_secret("The same again: ") != new:
                raise PasswordMismatch
        if not new:
            raise EmptyPassword
        await client.change_password(new)
    session.say("The password was changed")
    return 0
