"""How much of a destination a backup takes, by its listing."""

from __future__ import annotations

import time

from triplicati.engine.remote import list_backup
from triplicati.messages.results import RemoteSizeResult
from triplicati.operations.order import Order, remote_of


async def run_list_remote(order: Order) -> RemoteSizeResult:
    """Raises what the destination raises."""
    result = RemoteSizeResult(main_operation="ListRemote", begin_time=time.time())
    volumes = await list_backup(remote_of(order))
    result.known_file_count = len(volumes)
    result.known_file_size = sum(max(file.size, 0) for _, file in volumes)
    result.known_filesets = sum(name.kind == "dlist" for name, _ in volumes)
    result.end_time = time.time()
    return result
