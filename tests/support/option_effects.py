"""Where the effect of each of Duplicati's core options is seen: a test of its own for every one that works.

A test that runs the command line with the option and without it, as a user does; in `tests/options` when
there is no reason for another place.
"""

from __future__ import annotations

_TAKES = "options/test_what_a_backup_takes.py"
_STORED = "options/test_how_a_backup_is_stored.py"
_RESTORING = "options/test_restoring.py"
_LISTING = "options/test_listing_options.py"
_TESTING = "options/test_testing_volumes.py"
_BY_ITSELF = "options/test_upkeep_options.py"
_SYNC = "scenarios/test_cli_sync.py"
_UPKEEP = "scenarios/test_cli_upkeep.py"
_ROOM = "options/test_room_and_deletion.py"
_AROUND = "scenarios/test_cli_surroundings.py"

EFFECTS = {
    # transfer
    "quota-size": f"{_ROOM}::test_quota_size",
    "quota-warning-threshold": f"{_ROOM}::test_quota_warning_threshold_and_quota_disable",
    "quota-disable": f"{_ROOM}::test_quota_warning_threshold_and_quota_disable",
    "soft-delete-prefix": f"{_ROOM}::test_soft_delete_prefix_and_prevent_backend_rename",
    "prevent-backend-rename": f"{_ROOM}::test_soft_delete_prefix_and_prevent_backend_rename",
    # location
    "prefix": f"{_STORED}::test_prefix",
    "dbpath": f"{_STORED}::test_dbpath",
    "tempdir": f"{_AROUND}::test_scratch_files_lie_where_they_are_wanted",
    "asynchronous-upload-folder": f"{_STORED}::test_asynchronous_upload_folder",
    "disable-autocreate-folder": f"{_STORED}::test_disable_autocreate_folder",
    "control-files": f"{_STORED}::test_control_files",
    "backup-name": f"{_LISTING}::test_backup_name",
    "backup-id": f"{_LISTING}::test_names_of_the_machine_and_the_backup",
    "machine-id": f"{_LISTING}::test_names_of_the_machine_and_the_backup",
    "machine-name": f"{_LISTING}::test_names_of_the_machine_and_the_backup",
    "next-scheduled-run": f"{_LISTING}::test_names_of_the_machine_and_the_backup",
    # volumes
    "dblock-size": f"{_STORED}::test_dblock_size",
    "blocksize": f"{_STORED}::test_blocksize",
    "block-hash-algorithm": f"{_STORED}::test_block_hash_algorithm_and_file_hash_algorithm",
    "file-hash-algorithm": f"{_STORED}::test_block_hash_algorithm_and_file_hash_algorithm",
    "index-file-policy": f"{_STORED}::test_index_file_policy",
    "dont-read-manifests": f"{_STORED}::test_dont_read_manifests",
    "full-block-verification": f"{_RESTORING}::test_full_block_verification",
    "full-remote-verification": f"{_RESTORING}::test_full_remote_verification",
    "encryption-module": f"{_STORED}::test_encryption_module",
    "compression-extension-file": f"{_STORED}::test_compression_extension_file",
    # compacting
    "no-auto-compact": f"{_UPKEEP}::test_a_backup_compacts_afterwards_unless_told_not_to",
    "threshold": f"{_UPKEEP}::test_small_volumes",
    "small-file-size": f"{_UPKEEP}::test_small_volumes",
    "small-file-max-count": f"{_UPKEEP}::test_small_volumes",
    "disable-replace-missing-metadata": "scenarios/test_cli_purging.py::test_lost_metadata",
    # secrets
    "passphrase": f"{_STORED}::test_passphrase_and_no_encryption",
    "no-encryption": f"{_STORED}::test_passphrase_and_no_encryption",
    "new-passphrase": "options/test_locking_options.py::test_new_passphrase",
    "secret-provider": f"{_RESTORING}::test_secrets",
    "secret-provider-pattern": f"{_RESTORING}::test_secrets",
    "secret-provider-cache": f"{_RESTORING}::test_secret_provider_cache",
    # sources
    "allow-missing-source": f"{_TAKES}::test_allow_missing_source",
    "abort-if-source-missing": f"{_TAKES}::test_abort_if_source_missing",
    "prevent-empty-source": f"{_TAKES}::test_prevent_empty_source",
    "skip-files-larger-than": f"{_TAKES}::test_skip_files_larger_than",
    "symlink-policy": f"{_TAKES}::test_symlink_policy",
    "hardlink-policy": f"{_TAKES}::test_hardlink_policy",
    "exclude-files-attributes": f"{_TAKES}::test_exclude_files_attributes",
    "exclude-empty-folders": f"{_TAKES}::test_exclude_empty_folders",
    "ignore-filenames": f"{_TAKES}::test_ignore_filenames",
    "disable-backup-exclusion-xattr": f"{_TAKES}::test_disable_backup_exclusion_xattr",
    "changed-files": f"{_TAKES}::test_changed_files_and_deleted_files",
    "deleted-files": f"{_TAKES}::test_changed_files_and_deleted_files",
    "snapshot-policy": f"{_TAKES}::test_snapshot_policy",
    # changes
    "disable-filetime-check": f"{_TAKES}::test_disable_filetime_check",
    "check-filetime-only": f"{_TAKES}::test_check_filetime_only",
    "disable-time-tolerance": f"{_STORED}::test_disable_time_tolerance",
    "skip-metadata": f"{_TAKES}::test_skip_metadata",
    # locks
    "remote-file-lock-duration": "options/test_locking_options.py::test_remote_file_lock_duration",
    "repair-refresh-lock-info": "options/test_locking_options.py::test_repair_refresh_lock_info",
    "refresh-lock-info-complete": "options/test_locking_options.py::test_repair_refresh_lock_info",
    # versions
    "keep-versions": f"{_STORED}::test_keep_versions",
    "keep-time": f"{_STORED}::test_keep_time",
    "retention-policy": f"{_STORED}::test_retention_policy",
    "allow-full-removal": f"{_STORED}::test_allow_full_removal",
    "time": f"{_RESTORING}::test_time_and_version",
    "version": f"{_RESTORING}::test_time_and_version",
    "all-versions": f"{_LISTING}::test_all_versions",
    "upload-unchanged-backups": f"{_STORED}::test_upload_unchanged_backups",
    "disable-synthetic-filelist": f"{_RESTORING}::test_disable_synthetic_filelist",
    # transfer
    "number-of-retries": f"{_STORED}::test_number_of_retries_and_retry_delay",
    "retry-delay": f"{_STORED}::test_number_of_retries_and_retry_delay",
    "retry-with-exponential-backoff": f"{_STORED}::test_retry_with_exponential_backoff",
    "synchronous-upload": f"{_STORED}::test_uploads_at_the_same_time",
    "asynchronous-upload-limit": f"{_STORED}::test_uploads_at_the_same_time",
    "throttle-upload": f"{_STORED}::test_throttle",
    "throttle-download": f"{_STORED}::test_throttle",
    "throttle-disabled": f"{_STORED}::test_throttle_disabled",
    "throttle-disabled-backends": f"{_STORED}::test_throttle_disabled",
    "list-verify-uploads": f"{_STORED}::test_list_verify_uploads",
    # verification
    "no-backend-verification": f"{_STORED}::test_no_backend_verification",
    "backup-test-samples": f"{_TESTING}::test_backup_test_samples_and_backup_test_percentage",
    "backup-test-percentage": f"{_TESTING}::test_backup_test_samples_and_backup_test_percentage",
    "dont-replace-faulty-index-files": f"{_TESTING}::test_dont_replace_faulty_index_files",
    "upload-verification-file": f"{_STORED}::test_upload_verification_file",
    # repair
    "repair-only-paths": f"{_RESTORING}::test_repair_only_paths",
    # restore
    "restore-path": f"{_RESTORING}::test_restore_path",
    "overwrite": f"{_RESTORING}::test_overwrite",
    "restore-permissions": f"{_RESTORING}::test_restore_permissions",
    "restore-symlink-metadata": f"{_RESTORING}::test_restore_symlink_metadata",
    "skip-restore-verification": f"{_RESTORING}::test_skip_restore_verification",
    "dont-compress-restore-paths": f"{_RESTORING}::test_dont_compress_restore_paths",
    "allow-restore-outside-target-directory": f"{_RESTORING}::test_allow_restore_outside_target_directory",
    "restore-with-local-blocks": f"{_RESTORING}::test_restore_with_local_blocks",
    "restore-all-files": f"{_RESTORING}::test_restore_all_files",
    "restore-preallocate-size": f"{_RESTORING}::test_restore_preallocate_size",
    "no-local-db": f"{_RESTORING}::test_no_local_db",
    # listing
    "list-prefix-only": f"{_LISTING}::test_list_prefix_only",
    "list-folder-contents": f"{_LISTING}::test_list_folder_contents",
    "list-sets-only": f"{_LISTING}::test_list_sets_only",
    "full-result": f"{_LISTING}::test_full_result",
    # log
    "log-file": f"{_AROUND}::test_the_log_file_has_the_level_asked_for",
    "log-file-log-level": f"{_AROUND}::test_the_log_file_has_the_level_asked_for",
    "log-file-log-filter": f"{_AROUND}::test_log_filters_and_ids_to_ignore",
    "log-file-log-ignore": f"{_AROUND}::test_log_filters_and_ids_to_ignore",
    "console-log-level": f"{_AROUND}::test_what_the_console_shows",
    "console-log-filter": f"{_AROUND}::test_what_the_console_shows",
    "console-log-ignore": f"{_AROUND}::test_what_the_console_shows",
    "log-level": f"{_AROUND}::test_what_the_console_shows",
    "allow-paths-in-log-messages": "unit/reports/test_templates.py::test_paths_where_they_are_allowed",
    "suppress-warnings": f"{_LISTING}::test_suppress_warnings",
    "debug-output": f"{_LISTING}::test_debug_output",
    # machine
    "dry-run": f"{_TAKES}::test_dry_run",
    "thread-priority": f"{_AROUND}::test_priorities_of_the_program",
    "use-background-io-priority": f"{_AROUND}::test_priorities_of_the_program",
    "disable-on-battery": f"{_LISTING}::test_disable_on_battery",
    "cpu-intensity": f"{_STORED}::test_cpu_intensity",
    "concurrency-max-threads": f"{_STORED}::test_concurrency_max_threads",
    "disable-module": f"{_LISTING}::test_disable_module",
    # upkeep by itself
    "auto-compact-interval": f"{_BY_ITSELF}::test_auto_compact_interval",
    "auto-vacuum": f"{_BY_ITSELF}::test_auto_vacuum_and_auto_vacuum_interval",
    "auto-vacuum-interval": f"{_BY_ITSELF}::test_auto_vacuum_and_auto_vacuum_interval",
    "auto-cleanup": f"{_BY_ITSELF}::test_auto_cleanup",
    "rebuild-missing-dblock-files": f"{_BY_ITSELF}::test_rebuild_missing_dblock_files",
    "disable-partial-dblock-recovery": f"{_BY_ITSELF}::test_disable_partial_dblock_recovery",
    # copies
    "remote-sync-json-config": f"{_BY_ITSELF}::test_remote_sync_json_config",
    "sync-remote-state": f"{_SYNC}::test_sync_remote_state_and_sync_recheck",
    "sync-recheck": f"{_SYNC}::test_sync_remote_state_and_sync_recheck",
    "sync-then-delete": f"{_SYNC}::test_sync_then_delete_takes_only_what_a_sync_has_put_there",
    "sync-verify-hash": f"{_SYNC}::test_sync_verify_hash",
}
