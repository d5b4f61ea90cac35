"""What a server says passes through, whoever reads it or does not."""

from __future__ import annotations

import os

import trio
from trio.testing import memory_stream_one_way_pair

from triplicati.service.relaying import LastWords, relay


def _all(_line: bytes) -> bool:
    return True


async def test_lines_pass_and_those_that_are_not_wanted_do_not() -> None:
    here, there = os.pipe()
    send, receive = memory_stream_one_way_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay, receive, there, lambda line: line != b"pong\n")
        for part in (b"one\npo", b"ng\ntwo", b" halves\npong\nand no end"):
            await send.send_all(part)
        await send.aclose()
    os.close(there)
    with os.fdopen(here, "rb") as read:
        assert read.read() == b"one\ntwo halves\nand no end"


async def test_what_nobody_reads_keeps_nothing_waiting() -> None:
    here, there = os.pipe()
    os.set_blocking(there, True)
    heard = 0

    def hear(_line: bytes) -> bool:
        nonlocal heard
        heard += 1
        return True

    send, receive = memory_stream_one_way_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay, receive, there, hear)
        for _ in range(5000):
            await send.send_all(b"x" * 99 + b"\n")
        await send.aclose()
        while heard < 5000:
            await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    os.close(here)  # ends the thread that still writes
    os.close(there)


async def test_a_reader_that_has_gone_is_no_error() -> None:
    here, there = os.pipe()
    os.close(here)
    send, receive = memory_stream_one_way_pair()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay, receive, there, _all)
        for _ in range(50):
            await send.send_all(b"line\n")
        await send.aclose()
    os.close(there)


def test_the_last_error_is_known_by_its_name_and_text() -> None:
    said = LastWords()
    for line in (b"a warning\n", b"ErrorID: PortTaken\n", b"Port 8200 is taken.\n", b"\n"):
        assert said.hear(line)
    assert (said.error, said.text) == ("PortTaken", "Port 8200 is taken.")
