"""Which operation does what, and which ones are still to come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from triplicati.messages.results import Result
from triplicati.operations.order import Order
from triplicati.runner.tasks import Task

Work = Callable[[Order, Task], Awaitable[Result]]

# Operations of Duplicati's server whose engine module does not exist yet: asking for one is answered with
# `OperationNotAvailable`, and nothing that is offered to clients names it. To be empty one day.
NOT_AVAILABLE: dict[str, str] = {}


async def _backup(order: Order, task: Task) -> Result:
    from triplicati.operations.backup import run_backup  # noqa: PLC0415 - loaded when first used

    return await run_backup(order, task.stop)


async def _restore(order: Order, task: Task) -> Result:
    from triplicati.operations.restore import run_restore, settings_of  # noqa: PLC0415

    return await run_restore(order, settings_of(order))


async def _repair(order: Order, task: Task) -> Result:
    from triplicati.operations.repair import run_repair  # noqa: PLC0415

    return await run_repair(order)


async def _update(order: Order, task: Task) -> Result:
    from triplicati.operations.repair import run_update  # noqa: PLC0415

    return await run_update(order)


async def _verify(order: Order, task: Task) -> Result:
    from triplicati.operations.verify import run_verify, samples_of  # noqa: PLC0415

    return await run_verify(order, samples_of(order.positionals), task.stop)


async def _compact(order: Order, task: Task) -> Result:
    from triplicati.operations.upkeep import run_compact  # noqa: PLC0415

    return await run_compact(order, task.stop)


async def _delete_versions(order: Order, task: Task) -> Result:
    from triplicati.operations.upkeep import run_delete  # noqa: PLC0415

    return await run_delete(order, task.stop, only_named=True)


async def _list_broken(order: Order, task: Task) -> Result:
    from triplicati.operations.purging import run_list_broken  # noqa: PLC0415

    return await run_list_broken(order)


async def _purge_broken(order: Order, task: Task) -> Result:
    from triplicati.operations.purging import run_purge_broken  # noqa: PLC0415

    return await run_purge_broken(order, task.stop)


async def _purge(order: Order, task: Task) -> Result:
    from triplicati.operations.purging import run_purge  # noqa: PLC0415

    return await run_purge(order, task.stop)


async def _set_locks(order: Order, task: Task) -> Result:
    from triplicati.operations.locking import run_set_locks  # noqa: PLC0415

    return await run_set_locks(order)


async def _read_locks(order: Order, task: Task) -> Result:
    from triplicati.operations.locking import run_read_locks  # noqa: PLC0415

    return await run_read_locks(order)


async def _vacuum(order: Order, task: Task) -> Result:
    from triplicati.operations.upkeep import run_vacuum  # noqa: PLC0415

    return await run_vacuum(order)


async def _sync(order: Order, task: Task) -> Result:
    from triplicati.operations.syncing import run_sync  # noqa: PLC0415

    return await run_sync(order, task.stop)


async def _control_files(order: Order, task: Task) -> Result:
    from triplicati.operations.control_files import run_control_files  # noqa: PLC0415

    return await run_control_files(order)


async def _mirror(order: Order, task: Task) -> Result:
    from triplicati.operations.mirroring import run_mirrors  # noqa: PLC0415

    return await run_mirrors(order, task.stop)


async def _list_remote(order: Order, task: Task) -> Result:
    from triplicati.operations.remote_size import run_list_remote  # noqa: PLC0415

    return await run_list_remote(order)


WORKS: dict[str, Work] = {
    "Backup": _backup,
    "Restore": _restore,
    "Repair": _repair,
    "RepairUpdate": _update,
    "Verify": _verify,
    "Compact": _compact,
    "DeleteVersions": _delete_versions,
    "ListBrokenFiles": _list_broken,
    "PurgeBrokenFiles": _purge_broken,
    "PurgeFiles": _purge,
    "SetLocks": _set_locks,
    "ReadLockInfo": _read_locks,
    "Vacuum": _vacuum,
    "ListRemote": _list_remote,
    "RemoteSynchronization": _mirror,
    "RestoreControlFiles": _control_files,
    "Sync": _sync,
}
