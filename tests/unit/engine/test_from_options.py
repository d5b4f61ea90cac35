"""From options to settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from triplicati.engine import connecting, from_options
from triplicati.engine.remote import RetryRule
from triplicati.engine.settings import (
    AfterTest,
    BackupSettings,
    RestoreSettings,
    UpkeepSettings,
    VerifySettings,
)
from triplicati.errors import InvalidValue, OptionNotBuilt, ParametersConflict, VolumeSizeTooSmall
from triplicati.formats.manifest import VolumeFormat
from triplicati.options.option_values import OptionValues

NOW = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
RECORDED = {"blocksize": "102400", "block-hash-algorithm": "SHA1", "file-hash-algorithm": "SHA512"}


def values(**options: str | None) -> OptionValues:
    return OptionValues({name.replace("_", "-"): value for name, value in options.items()})


def backup(**options: str | None) -> BackupSettings:
    return from_options.backup_settings(
        values(**options), ["/s"], [], form=VolumeFormat(), encryption="aes", now=NOW, environment={}
    )


def restore(**options: str | None) -> RestoreSettings:
    return from_options.restore_settings(values(**options), [], [], now=NOW, environment={})


def test_a_new_backup_has_the_usual_format() -> None:
    assert from_options.volume_format(values(), {}) == VolumeFormat(1 << 20, "SHA256", "SHA256")
    chosen = values(blocksize="200", file_hash_algorithm="sha384")
    assert from_options.volume_format(chosen, {}) == VolumeFormat(200 << 10, "SHA256", "SHA384")


def test_an_old_backup_keeps_its_format() -> None:
    assert from_options.volume_format(values(), RECORDED) == VolumeFormat(102400, "SHA1", "SHA512")
    assert from_options.volume_format(values(blocksize="100kb"), RECORDED).blocksize == 102400


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({"blocksize": "1mb"}, ("1.00 MiB", "100.00 KiB")),
        ({"block_hash_algorithm": "SHA256"}, ("SHA256", "SHA1")),
        ({"file_hash_algorithm": "MD5"}, ("MD5", "SHA512")),
    ],
)
def test_another_format_is_refused_and_both_are_shown(
    options: dict[str, str], shown: tuple[str, str]
) -> None:
    with pytest.raises(ParametersConflict) as refusal:
        from_options.volume_format(values(**options), RECORDED)
    assert all(text in str(refusal.value) for text in shown)


def test_volumes_too_small_for_the_recorded_blocks_are_refused() -> None:
    with pytest.raises(VolumeSizeTooSmall):
        from_options.volume_format(values(dblock_size="5mb"), {"blocksize": str(4 << 20)})


@pytest.mark.parametrize(
    ("options", "recorded", "expected"),
    [
        ({}, "", "aes"),
        ({"encryption_module": "GPG"}, "", "gpg"),
        ({"no_encryption": None}, "", "none"),
        ({}, "none", "none"),
        ({}, "gpg", "gpg"),
        ({"encryption_module": "aes"}, "aes", "aes"),
    ],
)
def test_encryption(options: dict[str, str | None], recorded: str, expected: str) -> None:
    assert from_options.encryption(values(**options), recorded) == expected


def test_encryption_is_not_changed_or_invented() -> None:
    with pytest.raises(ParametersConflict):
        from_options.encryption(values(encryption_module="gpg"), "aes")
    with pytest.raises(InvalidValue):
        from_options.encryption(values(encryption_module="rot13"), "")


def test_the_settings_of_a_backup(tmp_path: Path) -> None:
    extensions = tmp_path / "extensions"
    extensions.write_text(".ZIP  compressed\n# none\n\njpg # pictures\n")
    found = backup(
        dblock_size="20",
        disable_filetime_check=None,
        symlink_policy="follow",
        zip_compression_level="12",
        synchronous_upload="yes",
        skip_files_larger_than="5mb",
        compression_extension_file=str(extensions),
        control_files=str(extensions),
    )
    assert found.volume_size == 20 << 20
    assert found.check == "always"
    assert found.symlinks == "Follow"
    assert found.level == 9
    assert found.uploads == 1
    assert found.largest_file == 5 << 20
    assert found.stored_extensions == {"zip", "jpg"}
    assert found.control_files == (extensions,)


def test_what_is_left_out() -> None:
    found = backup(
        exclude_files_attributes="hidden, ReadOnly,nonsense",
        ignore_filenames="a:b",
        exclude_empty_folders=None,
        disable_backup_exclusion_xattr="true",
        changed_files="/s/x::/s/y",
        deleted_files="/s/z/",
        snapshot_policy="required",
    )
    assert found.attributes == 3
    assert found.ignore_names == {"a", "b"}
    assert not found.empty_folders
    assert not found.exclusion_marks
    assert (found.changed, found.deleted) == (("/s/x", "/s/y"), ("/s/z/",))
    assert found.snapshots == "Required"
    assert backup(ignore_filenames=None).ignore_names == backup(ignore_filenames="").ignore_names == set()


def test_without_options_a_backup_is_as_the_settings_say() -> None:
    compacting = UpkeepSettings(encryption="aes")
    kinds = frozenset({"dlist", "dindex", "dblock"})
    looking = VerifySettings(content=kinds, list_destination=False, replacing=compacting)  # type: ignore[arg-type]  # these are kinds
    testing = AfterTest(1, Decimal("0.1"), looking)
    assert backup() == BackupSettings(sources=("/s",), encryption="aes", compact=compacting, test=testing)


@pytest.mark.parametrize(
    "options",
    [{"aes_version": "3"}, {"zip_compression_method": "ZStandard"}],
    ids=lambda each: next(iter(each)),
)
def test_forms_that_are_not_written_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(OptionNotBuilt):
        backup(**options)


def test_a_control_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="missing"):
        backup(control_files=str(tmp_path / "missing"))


@pytest.mark.parametrize(
    ("options", "since"),
    [
        ({"keep_time": "1M"}, datetime(2026, 2, 28, 11, tzinfo=UTC)),
        ({"keep_time": "10h"}, NOW - timedelta(hours=10, minutes=6)),
        ({"keep_time": "1M", "disable_time_tolerance": None}, datetime(2026, 2, 28, 12, tzinfo=UTC)),
        ({}, None),
    ],
)
def test_keep_time(options: dict[str, str | None], since: datetime | None) -> None:
    """Months are those of the calendar; the tolerance is 1 %, one hour at most (spec/cli.md 3.5)."""
    found = from_options.retention(values(**options), NOW)
    assert found.keep_since == (since.timestamp() if since else None)
    assert found.active is (since is not None)


def test_the_settings_of_a_restore() -> None:
    found = restore(version="1,3-4", restore_path="/target", overwrite=None, time="-1D")
    assert found.versions == (1, 3, 4)
    assert found.target == Path("/target")
    assert found.overwrite
    assert found.time == (NOW - timedelta(days=1)).timestamp()
    assert restore() == RestoreSettings()


def test_a_remote_target_is_refused() -> None:
    with pytest.raises(OptionNotBuilt):
        restore(restore_path="@/mnt|ssh://host")


def test_retries_and_keys() -> None:
    rule = connecting.retry_rule(values(number_of_retries="2", retry_delay="3m"))
    assert rule == RetryRule(2, 180.0)
    keys = from_options.keys(values(gpg_program_path="/bin/gpg2", tempdir="/scratch"), "secret")
    assert (keys.passphrase, keys.gpg.program, keys.tempdir) == ("secret", "/bin/gpg2", "/scratch")


def test_the_environment_can_say_how_the_file_system_compares_names() -> None:
    assert not from_options.case_sensitive({"FILESYSTEM_CASE_SENSITIVE": "false"})
    assert from_options.case_sensitive({"FILESYSTEM_CASE_SENSITIVE": "true"})
