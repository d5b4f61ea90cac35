"""The core options of Duplicati (spec/cli.md 5.1)."""

from __future__ import annotations

_NAMES = """
    prefix dbpath tempdir asynchronous-upload-folder disable-autocreate-folder control-files backup-name
    backup-id machine-id machine-name next-scheduled-run force-locale force-actual-date dblock-size
    blocksize block-hash-algorithm file-hash-algorithm index-file-policy file-read-buffer-size
    skip-file-hash-checks dont-read-manifests full-block-verification compression-module
    encryption-module parity-module compression-extension-file passphrase new-passphrase no-encryption
    allow-passphrase-change secret-provider secret-provider-pattern secret-provider-cache
    allow-missing-source abort-if-source-missing prevent-empty-source skip-files-larger-than
    symlink-policy hardlink-policy exclude-files-attributes exclude-non-local-files
    exclude-empty-folders ignore-filenames disable-backup-exclusion-xattr ignore-advisory-locking
    changed-files deleted-files disable-file-scanner photos-handling photos-library-path
    enable-ads-backup disable-ads-restore snapshot-policy snapshot-provider vss-exclude-writers
    vss-use-mapping usn-policy backupread-policy disable-filetime-check check-filetime-only
    disable-time-tolerance skip-metadata store-metadata-content-in-database disable-filepath-cache
    keep-versions keep-time retention-policy allow-full-removal time version all-versions
    upload-unchanged-backups disable-synthetic-filelist number-of-retries retry-delay
    retry-with-exponential-backoff synchronous-upload asynchronous-upload-limit
    disable-streaming-transfers throttle-upload throttle-download throttle-disabled
    throttle-disabled-backends no-connection-reuse list-verify-uploads soft-delete-prefix
    prevent-backend-rename case-insensitive-remote remote-file-lock-duration quota-size
    quota-warning-threshold quota-disable no-backend-verification backup-test-samples
    backup-test-percentage full-remote-verification dont-replace-faulty-index-files
    upload-verification-file disable-filelist-consistency-checks no-auto-compact auto-compact-interval
    threshold small-file-size small-file-max-count auto-vacuum auto-vacuum-interval
    reduced-purge-statistics disable-replace-missing-metadata log-retention auto-cleanup
    repair-only-paths repair-force-block-use repair-ignore-outdated-database repair-refresh-lock-info
    refresh-lock-info-complete rebuild-missing-dblock-files disable-partial-dblock-recovery
    ignore-update-if-version-exists restore-path overwrite restore-permissions restore-symlink-metadata
    skip-restore-verification dont-compress-restore-paths allow-restore-outside-target-directory
    restore-with-local-blocks patch-with-local-blocks no-local-blocks no-local-db restore-legacy
    restore-all-files restore-preallocate-size restore-cache-max restore-cache-evict
    restore-file-processors restore-volume-cache-hint restore-volume-cache-min-free
    restore-volume-downloaders restore-volume-decryptors restore-volume-decompressors
    restore-channel-buffer-size list-prefix-only list-folder-contents list-sets-only full-result
    log-file log-file-log-level log-file-log-filter log-file-log-ignore console-log-level
    console-log-filter console-log-ignore log-level verbose suppress-warnings debug-output
    debug-retry-errors log-http-requests log-socket-data profile-all-database-queries
    long-database-query-threshold internal-profiling allow-paths-in-log-messages dry-run thread-priority
    use-background-io-priority allow-sleep disable-on-battery cpu-intensity concurrency-max-threads
    concurrency-block-hashers concurrency-compressors concurrency-fileprocessors enable-module
    disable-module remote-sync-json-config sync-remote-state sync-then-delete sync-verify-hash
    sync-recheck unittest-mode
"""
CORE_NAMES = _NAMES.split()
