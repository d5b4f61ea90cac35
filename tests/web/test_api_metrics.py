"""Numbers for Prometheus, over HTTP."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from support.daemons import a_backup, finished
from support.web_daemon import WebDaemon, a_web_daemon

from triplicati.config.sign_in import SignInOptions
from triplicati_web.settings import WebSettings

_LINE = re.compile(r'[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\[\\n"])*",?)+\})? -?[0-9.e+]+')


async def test_a_backup_is_seen_in_numbers(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = await web.daemon.store.add_backup(a_backup(tmp_path, 'Do"cs\\'))
        before = await _values(web)
        labels = f'id="{number}",name="Do\\"cs\\\\"'
        assert f"triplicati_backup_last_run_time_seconds{{{labels}}}" not in before
        assert before[f"triplicati_backup_overdue{{{labels}}}"] == 0
        await finished(await web.daemon.start(number, "Backup"))
        after = await _values(web)
    assert after[f'triplicati_backup_last_run_state{{{labels},state="Success"}}'] == 1
    assert after[f'triplicati_backup_last_run_state{{{labels},state="Fatal"}}'] == 0
    assert after[f"triplicati_backup_versions{{{labels}}}"] == 1
    assert after[f"triplicati_backup_source_files{{{labels}}}"] == 2
    assert after[f"triplicati_backup_destination_bytes{{{labels}}}"] > 0
    assert after[f"triplicati_backup_last_success_time_seconds{{{labels}}}"] > 1.7e9
    assert after["triplicati_queue_length"] == 0
    assert after["process_resident_memory_bytes"] > 2**20


async def test_what_waits_and_is_paused_is_counted(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        number = await web.daemon.store.add_backup(a_backup(tmp_path))
        await web.daemon.store.add_notification("Error", "Oh", "no")
        web.daemon.pause.pause()
        await web.daemon.start(number, "Backup")
        found = await _values(web)
    assert (found["triplicati_paused"], found["triplicati_queue_length"]) == (1, 1)
    assert found['triplicati_notifications{type="Error"}'] == 1


async def test_every_name_has_its_help_and_kind(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        await web.daemon.store.add_backup(a_backup(tmp_path))
        answer = await web.client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    values = [line for line in lines if not line.startswith("#")]
    assert not [line for line in values if not _LINE.fullmatch(line)]
    typed = {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert {re.split(r"[{ ]", line)[0] for line in values} == typed


async def test_strangers_see_nothing_unless_it_is_open(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, web.stranger() as client:
        assert (await client.get("/metrics")).status_code == 401
        assert (await client.get("/metrics", params={"token": "x"})).status_code == 401
        # What a page was given for an hour is not to stand in an address.
        assert (await client.get("/metrics", params={"token": web.token})).status_code == 401
    opened = WebSettings(open_metrics=True)
    async with a_web_daemon(tmp_path / "data", settings=opened) as web, web.stranger() as client:
        assert (await client.get("/metrics")).status_code == 200


async def test_a_token_for_ever_may_stand_in_the_address(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web, web.stranger() as client:
        allowed = msgspec.structs.replace(web.daemon.sign_in.options, forever_token=True)
        assert isinstance(allowed, SignInOptions)
        web.daemon.sign_in.options = allowed
        token = web.daemon.sign_in.issue_forever_token()
        assert (await client.get("/metrics", params={"token": token})).status_code == 200


async def _values(web: WebDaemon) -> dict[str, float]:
    text = (await web.client.get("/metrics")).text
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}
