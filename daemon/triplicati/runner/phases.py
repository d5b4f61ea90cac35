"""Duplicati's names for the phases of operations (spec/server.md 3.8)."""

from __future__ import annotations

TESTING = "Verifying remote backup ..."
_BACKUP = {
    "": "Backup_Begin",
    "Checking remote backup ...": "Backup_PreBackupVerify",
    "Scanning source files ...": "Backup_ProcessingFiles",
    "Storing the list of the version ...": "Backup_Finalize",
    "Deleting outdated versions ...": "Backup_Delete",
    "Looking for space to reclaim ...": "Backup_Compact",
    "Compacting remote backup ...": "Backup_Compact",
    TESTING: "Backup_PostBackupTest",
    "Replacing damaged indexes ...": "Backup_PostBackupTest",
    "Remote backup verification completed": "Backup_PostBackupTest",
}
_RESTORE = {
    "": "Restore_Begin",
    "Looking for the files to restore ...": "Restore_CreateFileList",
    "Checking existing target files ...": "Restore_ScanForExistingFiles",
    "Looking for blocks on this machine ...": "Restore_ScanForLocalBlocks",
    "Fetching and writing files ...": "Restore_DownloadingRemoteFiles",
    "Completing restore ...": "Restore_Finalize",
}
_PURGE = {
    "": "PurgeFiles_Begin",
    "Looking for space to reclaim ...": "PurgeFiles_Compact",
    "Compacting remote backup ...": "PurgeFiles_Compact",
}
# What follows tells how far it is.
RECREATING = "Recreating the local database"


def phase_name(operation: str, phase: str, *, scanned: bool) -> str:
    """`phase` is what the operation said last, `scanned` whether it has been through its files."""
    recreating = phase.startswith(RECREATING)
    if operation == "Backup":
        if recreating:
            return "Recreate_Running"
        name = _BACKUP.get(phase, "Backup_ProcessingFiles")
        if phase.startswith("Copying to "):  # a further destination
            name = "Backup_WaitForUpload"
        return "Backup_PostBackupVerify" if scanned and name == "Backup_PreBackupVerify" else name
    if operation == "Restore":
        if recreating:
            return "Restore_RecreateDatabase"
        return _RESTORE.get(phase, "Restore_DownloadingRemoteFiles")
    if operation in ("Repair", "RepairUpdate"):
        return "Recreate_Running"
    if operation == "Verify":
        return "Recreate_Running" if recreating else "Verify_Running"
    if operation in ("Compact", "Vacuum"):
        return "Recreate_Running" if recreating else f"{operation}_Running"
    if operation in ("PurgeFiles", "PurgeBrokenFiles"):
        return "Recreate_Running" if phase == RECREATING else _PURGE.get(phase, "PurgeFiles_Process")
    if operation == "DeleteVersions":
        return "Delete_Deleting"
    if operation == "Sync":
        return "Sync_ProcessingFiles" if phase else "Sync_Begin"
    if operation == "CreateReport":
        return "BugReport_Running"
    return "Delete_Deleting" if operation == "Delete" else "Starting_Operation"


def final_phase(operation: str, *, failed: bool) -> str:
    if failed:
        return "Error"
    return f"{operation}_Complete" if operation in ("Restore", "Sync") else "Backup_Complete"
