"""Capture and apply on real files: what a restore must bring back, and what may fail without harm."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec
import pytest

from triplicati.formats.attributes import Caller
from triplicati.formats.metadata import Kind, Metadata, decode_metadata
from triplicati.source.metadata import unix
from triplicati.source.metadata.darwin import split_names
from triplicati.source.metadata.native import apply, capture, current_caller

WHEN = 1_500_000_000_123_456_700
NOBODY_ELSE = 4_000_000_042


def captured(path: Path | bytes | str, kind: Kind = "file") -> Metadata:
    place = os.fspath(path)
    blob, warnings = capture(place, kind, os.lstat(place), current_caller())
    assert warnings == []
    return decode_metadata(blob)


def new_file(path: Path, *, mode: int = 0o644, when: int = WHEN) -> Path:
    path.write_bytes(b"content")
    path.chmod(mode)
    os.utime(path, ns=(when, when))
    return path


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize("mode", [0o644, 0o600, 0o444, 0o400, 0o755, 0o666])
def test_a_file_comes_back_as_it_was(tmp_path: Path, mode: int) -> None:
    source = new_file(tmp_path / "source", mode=0o644)
    os.setxattr(source, "user.b", b"\x00\xff")
    os.setxattr(source, "user.\u00e4", b"1")
    source.chmod(mode)
    os.utime(source, ns=(WHEN, WHEN))
    expected = capture(str(source), "file", source.lstat(), current_caller())
    target = tmp_path / "target"
    target.write_bytes(b"content")

    assert apply(str(target), "file", decode_metadata(expected[0]), permissions=True) == []

    assert capture(str(target), "file", target.lstat(), current_caller()) == expected
    assert target.stat().st_mtime_ns == WHEN
    assert mode_of(target) == mode


def test_a_folder_comes_back_as_it_was_and_may_be_read_only(tmp_path: Path) -> None:
    source, target = tmp_path / ".source", tmp_path / ".target"
    for folder in (source, target):
        folder.mkdir()
        new_file(folder / "inside")
    os.setxattr(source, "user.tag", b"x")
    source.chmod(0o555)
    os.utime(source, ns=(WHEN, WHEN))
    metadata = captured(source, "folder")
    assert metadata.attributes == {"ReadOnly", "Hidden", "Directory"}

    assert apply(os.fsencode(target), "folder", metadata, permissions=True) == []

    assert captured(target, "folder") == metadata
    target.chmod(0o755)
    source.chmod(0o755)


def test_what_a_path_says_does_not_depend_on_how_it_is_given(tmp_path: Path) -> None:
    source = new_file(tmp_path / ".f")
    os.setxattr(source, "user.a", b"1")
    status, caller = source.lstat(), current_caller()
    blob, _ = capture(str(source), "file", status, caller)
    assert capture(os.fsencode(source), "file", status, caller)[0] == blob
    with source.open("rb") as opened:
        assert capture(str(source), "file", status, caller, fd=opened.fileno())[0] == blob
    folder = tmp_path / ".d"
    folder.mkdir()
    assert captured(f"{folder}/", "folder") == captured(folder, "folder")
    assert "Hidden" in captured(f"{folder}/", "folder").attributes


def test_a_name_that_is_no_text_keeps_its_bytes(tmp_path: Path) -> None:
    place = os.fsencode(tmp_path) + b"/\xff"
    new_file(Path(os.fsdecode(place)))
    blob, warnings = capture(place, "file", os.lstat(place), current_caller(), raw_name=b"\xff")
    assert warnings == []
    assert decode_metadata(blob).raw_name == b"\xff"


def test_links(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, target in (("to-folder", "folder/"), ("dangling", "no\u00e9"), ("loop", "loop")):
        (tmp_path / name).symlink_to(target)
        metadata = captured(tmp_path / name, "symlink")
        assert metadata.link_target == target
        assert ("Directory" in metadata.attributes) == (name == "to-folder")
        assert "ReparsePoint" in metadata.attributes
        assert metadata.raw_link_target is None


def test_a_link_target_that_is_no_text_is_stored_as_text_and_as_bytes(tmp_path: Path) -> None:
    os.symlink(b"a\xff%41", os.fsencode(tmp_path / "l"))
    metadata = captured(tmp_path / "l", "symlink")
    assert metadata.link_target == "a%FF%2541"
    assert metadata.raw_link_target == b"a\xff%41"


def test_an_attribute_whose_name_is_no_text_is_left_out_with_a_warning(tmp_path: Path) -> None:
    source = new_file(tmp_path / "f")
    os.setxattr(source, b"user.\xff", b"1")
    os.setxattr(source, "user.kept", b"2")
    os.setxattr(source, "user.empty", b"")
    blob, warnings = capture(str(source), "file", source.lstat(), current_caller())
    assert decode_metadata(blob).xattrs == (("user.kept", b"2"),)
    assert len(warnings) == 1
    assert "user.%FF" in warnings[0]


def test_a_path_that_is_gone_still_has_the_metadata_of_its_stat(tmp_path: Path) -> None:
    source = new_file(tmp_path / "f")
    link = tmp_path / "l"
    link.symlink_to("f")
    file_status, link_status = source.lstat(), link.lstat()
    source.unlink()
    link.unlink()
    blob, warnings = capture(str(source), "file", file_status, current_caller())
    assert decode_metadata(blob).mtime_ns == WHEN
    assert len(warnings) == 1
    blob, warnings = capture(str(link), "symlink", link_status, current_caller())
    assert decode_metadata(blob).attributes == {"ReparsePoint"}
    assert len(warnings) == 2
    assert str(link) in warnings[1]


def test_the_caller_decides_on_read_only(tmp_path: Path) -> None:
    source = new_file(tmp_path / "f", mode=0o640)
    status = source.lstat()
    member = Caller(NOBODY_ELSE, NOBODY_ELSE, frozenset({status.st_gid}), "net")
    blob, _ = capture(str(source), "file", status, member)
    assert "ReadOnly" in decode_metadata(blob).attributes
    assert "ReadOnly" not in captured(source).attributes


# --- apply -----------------------------------------------------------------------------------------------


def test_without_permissions_only_write_bits_time_and_attributes_are_applied(tmp_path: Path) -> None:
    target = new_file(tmp_path / "f", mode=0o664, when=1)
    metadata = Metadata(
        uid=NOBODY_ELSE,
        gid=NOBODY_ELSE,
        mode=0o700,
        attributes=frozenset({"ReadOnly"}),
        mtime_ns=WHEN,
        xattrs=(("user.a", b"1"),),
    )
    assert apply(str(target), "file", metadata, permissions=False) == []
    assert (target.stat().st_uid, target.stat().st_gid) == (os.getuid(), tmp_path.stat().st_gid)
    assert mode_of(target) == 0o444
    assert os.getxattr(target, "user.a") == b"1"
    assert target.stat().st_mtime_ns == WHEN

    normal = Metadata(attributes=frozenset({"Normal"}))
    assert apply(str(target), "file", normal, permissions=False) == []
    assert mode_of(target) == 0o644
    assert target.stat().st_mtime_ns == WHEN


def test_metadata_that_says_nothing_changes_nothing(tmp_path: Path) -> None:
    target = new_file(tmp_path / "f", mode=0o640, when=7_000)
    before = target.stat()
    assert apply(str(target), "file", Metadata(), permissions=True) == []
    assert target.stat().st_ctime_ns == before.st_ctime_ns


def test_the_creation_time_is_never_applied(tmp_path: Path) -> None:
    """Trap 22: .NET on Linux would set the modification time to it."""
    target = new_file(tmp_path / "f")
    assert apply(str(target), "file", Metadata(mtime_ns=WHEN, ctime_ns=1_000), permissions=True) == []
    assert target.stat().st_mtime_ns == WHEN


def test_a_file_that_nobody_may_open_gets_its_time_too(tmp_path: Path) -> None:
    target = new_file(tmp_path / "f", when=1)
    assert apply(str(target), "file", Metadata(mode=0, mtime_ns=WHEN), permissions=True) == []
    assert (mode_of(target), target.stat().st_mtime_ns) == (0, WHEN)


def test_setuid_and_its_kind_are_not_restored(tmp_path: Path) -> None:
    target = new_file(tmp_path / "f", mode=0o4755)
    assert apply(str(target), "file", Metadata(mode=0o755), permissions=True) == []
    assert mode_of(target) == 0o755


def test_a_foreign_owner_is_set_by_root_and_a_warning_for_others(tmp_path: Path) -> None:
    target = new_file(tmp_path / "f", mode=0o600, when=1)
    metadata = Metadata(uid=NOBODY_ELSE, gid=NOBODY_ELSE, mode=0o640, mtime_ns=WHEN)
    warnings = apply(str(target), "file", metadata, permissions=True)
    status = target.stat()
    if os.geteuid() == 0:
        assert warnings == []
        assert (status.st_uid, status.st_gid) == (NOBODY_ELSE, NOBODY_ELSE)
    else:
        assert len(warnings) == 2
        assert status.st_uid == os.geteuid()
    assert (mode_of(target), status.st_mtime_ns) == (0o640, WHEN)


def test_names_count_more_than_numbers(tmp_path: Path) -> None:
    target = new_file(tmp_path / "f")
    known = captured(target)
    assert known.owner
    assert known.group
    moved = msgspec.structs.replace(known, uid=NOBODY_ELSE, gid=NOBODY_ELSE)
    assert apply(str(target), "file", moved, permissions=True) == []
    assert target.stat().st_uid == os.geteuid()
    # Who is not known here is known by the number.
    unknown = msgspec.structs.replace(known, owner="no such person", group="nor such a group")
    assert apply(str(target), "file", unknown, permissions=True) == []
    assert target.stat().st_uid == os.geteuid()


def test_a_link_gets_metadata_only_when_asked_and_what_it_leads_to_never_does(tmp_path: Path) -> None:
    aim = new_file(tmp_path / "aim", mode=0o600, when=1_000)
    link = tmp_path / "link"
    link.symlink_to("aim")
    metadata = Metadata(mode=0o777, mtime_ns=WHEN, attributes=frozenset({"ReparsePoint"}))
    assert apply(str(link), "symlink", metadata, permissions=True) == []
    assert link.lstat().st_mtime_ns != WHEN
    assert apply(str(link), "symlink", metadata, permissions=True, symlink_metadata=True) == []
    assert link.lstat().st_mtime_ns == WHEN
    assert (mode_of(aim), aim.stat().st_mtime_ns) == (0o600, 1_000)


def test_a_link_planted_in_the_way_is_not_followed(tmp_path: Path) -> None:
    aim = new_file(tmp_path / "aim", mode=0o600, when=1_000)
    link = tmp_path / "link"
    link.symlink_to("aim")
    warnings = apply(str(link), "file", Metadata(mode=0o777, mtime_ns=WHEN), permissions=True)
    assert len(warnings) == 1
    assert (mode_of(aim), aim.stat().st_mtime_ns) == (0o600, 1_000)


def test_what_fails_is_a_warning_and_the_rest_is_applied(tmp_path: Path) -> None:
    target = new_file(tmp_path / "f", when=1)
    metadata = Metadata(
        uid=-5,
        gid=2**40,
        mode=0o600,
        xattrs=(("nonsense", b"1"), ("user.nul\0", b"2"), ("user.kept", b"3")),
        mtime_ns=WHEN,
        unreadable=("CoreCreatetime",),
    )
    warnings = apply(str(target), "file", metadata, permissions=True)
    named = ["CoreCreatetime", "group", "owner", "nonsense", "user.nul"]
    assert all(word in warning for word, warning in zip(named, warnings, strict=True))
    assert os.listxattr(target) == ["user.kept"]
    assert (mode_of(target), target.stat().st_mtime_ns) == (0o600, WHEN)
    assert len(apply(str(tmp_path / "gone"), "file", metadata, permissions=True)) == 2


def test_a_label_that_is_there_already_needs_no_right_to_set_it(tmp_path: Path) -> None:
    target = new_file(tmp_path / "f")

    def refuse(path: bytes | str, name: str, value: bytes) -> None:
        raise PermissionError(1, "Operation not permitted")

    def label(path: bytes | str | int, name: str) -> bytes:
        return b"label"

    def warnings_for(value: bytes) -> list[str]:
        return unix.apply(
            str(target),
            "file",
            Metadata(xattrs=(("security.selinux", value),)),
            permissions=False,
            symlink_metadata=False,
            get_xattr=label,
            set_xattr=refuse,
        )

    assert warnings_for(b"label") == []
    assert len(warnings_for(b"another")) == 1


def test_the_caller_is_this_process() -> None:
    assert current_caller() == Caller(os.geteuid(), os.getegid(), frozenset(os.getgroups()), "net")


def test_attribute_names_of_the_c_library() -> None:
    assert split_names(b"com.apple.x\0user.\xc3\xa4\0") == ["com.apple.x", "user.\u00e4"]
    assert split_names(b"") == []
