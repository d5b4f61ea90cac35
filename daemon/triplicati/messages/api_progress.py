"""``progressstate`` of Duplicati's API (spec/server.md 3.8)."""

from __future__ import annotations

import msgspec


class ActiveTransfer(msgspec.Struct, frozen=True, rename="pascal"):
    """Sizes in bytes; speed in bytes a second, -1 when not known."""

    backend_action: str
    backend_path: str
    backend_file_size: int
    backend_file_progress: int
    backend_speed: int
    backend_is_blocking: bool = False


class ProgressState(msgspec.Struct, frozen=True, rename="pascal"):
    """All members are always there. `estimated_time_to_completion` is a TimeSpan, or null."""

    backup_id: str | None = msgspec.field(default=None, name="BackupID")
    task_id: int = msgspec.field(default=0, name="TaskID")
    backend_action: str = "Get"
    backend_path: str | None = None
    backend_file_size: int = 0
    backend_file_progress: int = 0
    backend_speed: int = -1
    backend_is_blocking: bool = False
    current_filename: str | None = None
    current_filesize: int = 0
    current_fileoffset: int = 0
    current_filecomplete: bool = False
    phase: str = "Starting_Operation"
    overall_progress: float = 0.0
    processed_file_count: int = 0
    processed_file_size: int = 0
    total_file_count: int = 0
    total_file_size: int = 0
    still_counting: bool = False
    active_transfers: list[ActiveTransfer] = []
    remote_sync_destination_index: int = 0
    remote_sync_destination_count: int = 0
    estimated_time_to_completion: str | None = None
