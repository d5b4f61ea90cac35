"""``status``: what the server does now."""

from __future__ import annotations

import argparse

from triplicati.control.session import Session


def add(parser: argparse.ArgumentParser) -> None:
    """Takes no words of its own."""


async def run(session: Session) -> int:
    async with session.client() as client:
        status = await client.status()
        names = {each.id: each.name for each in await client.backups()}
    active = status.active_task
    session.members["ServerState"] = status.program_state
    session.members["ActiveTask"] = (
        None if active is None else {"Task": active.item1, "BackupId": active.item2}
    )
    session.members["SchedulerTasks"] = [
        {"Task": each.item1, "BackupId": each.item2} for each in status.scheduler_queue_ids
    ]
    session.say(f"Server state: {status.program_state}")
    if active is None:
        session.say("Active task: none")
    else:
        session.say(f"Active task: {active.item1} ({_name(names, active.item2)})")
    for each in status.scheduler_queue_ids:
        session.say(f"Waiting task: {each.item1} ({_name(names, each.item2)})")
    for planned in status.proposed_schedule:
        session.say(f"Due: {planned.item2:%Y-%m-%d %H:%M:%S} UTC ({_name(names, planned.item1)})")
    until = status.estimated_pause_end
    if status.program_state == "Paused" and until.year > 1:
        session.say(f"Paused until: {until:%Y-%m-%d %H:%M:%S} UTC")
    return 0


def _name(names: dict[str, str], backup_id: str) -> str:
    return names.get(backup_id, f"backup {backup_id}")
