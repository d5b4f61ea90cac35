"""SIGTERM and SIGINT are heard, whoever owns the wake-up socket of the process."""

from __future__ import annotations

import signal
import socket

import pytest
from support.desktop_session import until

from triplicati_tray.desktop.signals import signals_heard


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_each_signal_is_heard_once(number: signal.Signals) -> None:
    heard: list[str] = []
    with signals_heard(lambda: heard.append("quit")):
        signal.raise_signal(number)
        until(lambda: heard)
        signal.raise_signal(number)
        until(lambda: len(heard) > 1)
    assert heard == ["quit", "quit"]


def test_it_is_heard_when_a_loop_has_put_its_own_socket_there() -> None:
    heard: list[str] = []
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    with reader, writer, signals_heard(lambda: heard.append("quit")):
        before = signal.set_wakeup_fd(writer.fileno())
        signal.raise_signal(signal.SIGTERM)
        until(lambda: heard)
        assert signal.set_wakeup_fd(before) == writer.fileno()
    assert heard == ["quit"]


def test_afterwards_all_is_as_before() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with signals_heard(lambda: None):
        pass
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    assert signal.set_wakeup_fd(-1) == -1
