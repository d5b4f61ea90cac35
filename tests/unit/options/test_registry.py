"""The declarations as a whole."""

import subprocess
import sys

import pytest

from triplicati.options.declarations import Option, OptionType
from triplicati.options.registry import ALIASES, CORE_TOPICS, MODULES, REGISTRY, canonical_name
from triplicati.options.validation import validate
from triplicati.options.value_checks import asks_for_more, problem_with

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

EVERY = [option for topic in CORE_TOPICS + MODULES for option in topic.OPTIONS]
REFUSED = [option for option in EVERY if option.state == "refused"]


def test_all_core_options_of_the_specification_are_declared() -> None:
    declared = [option.name for topic in CORE_TOPICS for option in topic.OPTIONS]
    assert len(CORE_NAMES) == 181
    assert sorted(declared) == sorted(CORE_NAMES)


def test_no_name_or_alias_is_declared_twice() -> None:
    assert len(EVERY) == len(REGISTRY)
    assert ALIASES.keys().isdisjoint(REGISTRY)


def test_aliases() -> None:
    assert canonical_name("dryrun") == "dry-run"
    assert canonical_name("full-results") == "full-result"
    assert canonical_name("asynchronous-concurrent-upload-limit") == "asynchronous-upload-limit"
    assert canonical_name("parameterfile") == "parameters-file"
    assert canonical_name("remote-volume-size") == "remote-volume-size"


@pytest.mark.parametrize("option", EVERY, ids=lambda option: option.name)
def test_a_declaration_is_consistent(option: Option) -> None:
    assert problem_with(option, option.default) is None
    assert bool(option.reason) == (option.state != "works")
    assert bool(option.values) or option.type not in {OptionType.ENUM, OptionType.FLAGS}
    assert not option.fallback or option.fallback in REGISTRY
    assert option.summary.endswith(".")
    assert not option.reason.endswith(".")
    assert option.unit in {"b", "kb", "mb", "gb"}
    if option.type is OptionType.BOOLEAN:
        assert option.default in {"true", "false"}


@pytest.mark.parametrize("option", REFUSED, ids=lambda option: option.name)
def test_what_is_refused_has_a_value_that_is_not(option: Option) -> None:
    neutral = option.neutral or (option.default or "",)
    assert not any(asks_for_more(option, value) for value in neutral)


def test_what_the_backup_remembers() -> None:
    assert {option.name for option in EVERY if option.persisted} == {
        "prefix",
        "blocksize",
        "block-hash-algorithm",
        "file-hash-algorithm",
        "dblock-size",
        "compression-module",
        "encryption-module",
    }


def test_nothing_given_is_fine() -> None:
    assert validate({}) == []


def test_the_declarations_load_nothing_heavy() -> None:
    heavy = ["trio", "rich", "cryptography", "apsw", "urllib.parse", "triplicati.options.help_text"]
    code = (
        "import sys, triplicati.options.validation, triplicati.options.parser\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
