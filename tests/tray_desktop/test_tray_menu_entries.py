"""What stands in the menu."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import get_args

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from triplicati_tray.desk import Choice, Command, Light, Look
from triplicati_tray.desktop.menu import LONGEST, SEPARATOR, Entry, menu_entries

# With control characters and lone surrogates.
ANY_TEXT = st.text(st.characters(exclude_categories=()))
LOOKS = st.builds(
    Look,
    light=st.sampled_from(get_args(Light)),
    title=ANY_TEXT,
    status=ANY_TEXT,
    progress=st.integers(-1, 100),
    connected=st.booleans(),
    hosted=st.booleans(),
    running=st.booleans(),
    paused=st.booleans(),
    backups=st.lists(st.builds(Choice, st.uuids().map(str), ANY_TEXT), max_size=3).map(tuple),
)
LOOK = Look(light="idle", title="Triplicati", status="Ready")


@given(LOOKS)
def test_every_text_is_one_short_line_that_can_be_shown(look: Look) -> None:
    for entry in all_entries(menu_entries(look)):
        assert len(entry.text) <= LONGEST
        assert entry.text.encode().decode() == entry.text
        assert not any(unicodedata.category(sign) == "Cc" for sign in entry.text.replace("\t", ""))


@given(LOOKS)
def test_a_click_on_the_icon_has_one_meaning_and_the_last_entry_quits(look: Look) -> None:
    entries = menu_entries(look)
    (default,) = (entry for entry in all_entries(entries) if entry.default)
    assert default.command == Command("open" if look.connected else "reconnect")
    assert entries[-1].command == Command("quit")


@given(LOOKS)
def test_every_backup_can_be_run_while_there_is_a_server(look: Look) -> None:
    commands = [entry.command for entry in all_entries(menu_entries(look))]
    runs = [command.argument for command in commands if command and command.kind == "run"]
    assert runs == ([each.id for each in look.backups] if look.connected else [])


@given(LOOKS)
def test_separators_stand_only_between_entries(look: Look) -> None:
    lines = [entry == SEPARATOR for entry in menu_entries(msgspec.structs.replace(look, status="Ready"))]
    assert not lines[0]
    assert not lines[-1]
    assert not any(one and next_one for one, next_one in pairwise(lines))


def test_what_can_be_stopped_and_acknowledged_depends_on_what_goes_on() -> None:
    assert texts(LOOK) == ["Open Triplicati", "Ready", "", "Pause", "", "Quit"]
    busy = msgspec.structs.replace(LOOK, light="error", running=True, paused=True, hosted=True)
    assert texts(busy) == [
        "Open Triplicati", "Ready", "", "Stop what is running", "Resume", "Acknowledge errors", "",
        "Quit and stop the server",
    ]  # fmt: skip
    away = msgspec.structs.replace(busy, connected=False, light="disconnected", hosted=False)
    assert texts(away) == ["Reconnect", "Ready", "", "Quit"]


def test_a_long_name_is_cut_and_one_that_shows_nothing_has_its_number() -> None:
    backups = (Choice("1", "x" * 90), Choice("2", ""), Choice("3", "a\nb"))
    look = msgspec.structs.replace(LOOK, backups=backups)
    names = [entry.text for entry in menu_entries(look)[3].entries]
    assert names == ["x" * (LONGEST - 1) + "…", "2", "a\\x0ab"]


def texts(look: Look) -> list[str]:
    return [entry.text for entry in menu_entries(look)]


def all_entries(entries: Sequence[Entry]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from all_entries(entry.entries)


def test_a_server_that_did_not_start_is_started_and_not_reconnected() -> None:
    gone = Look(light="error", title="", status="The server did not start", connected=False, hosted=True)
    found = menu_entries(gone)
    assert [each.text for each in found if each.command] == ["Start the server again", "Quit"]
    assert [each.command.kind for each in found if each.command] == ["reconnect", "quit"]
