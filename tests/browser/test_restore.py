"""Files are found and restored on the page, and compared on disk."""

from __future__ import annotations

import base64
import io
import os
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Page, expect
from support.api_client import ended, ran, start, versions_apart
from support.golden import CASES
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser
OLD = "first line\nsecond line\nthird line\n"
NEW = "first line\nanother second line\nthird line\nfourth line\n"
PASSPHRASE = "a passphrase of this test"
MANY = 20_000
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def saved(
    client: httpx.Client,
    source: Path,
    name: str = "Documents",
    *,
    passphrase: str = "",
    target: Path | None = None,
) -> str:
    secret = ("passphrase", passphrase) if passphrase else ("no-encryption", "true")
    settings = [{"Name": option, "Value": value} for option, value in (secret, ("dblock-size", "5mb"))]
    address = f"file://{target or source.parent / 'target'}"
    backup = {"Name": name, "TargetURL": address, "Sources": [str(source)], "Settings": settings}
    answer = client.post("/api/v1/backups", json={"Backup": backup, "Schedule": None})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ID"])


def newest(client: httpx.Client, backup: str) -> dict[str, Any]:
    """The result of its last run."""
    run = client.get(f"/api/v2/backup/{backup}/runs").json()["Data"][0]
    result: dict[str, Any] = client.get(f"/api/v2/run/{run['ID']}").json()["Data"]["Result"]
    return result


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """``letter.txt`` changes, ``sub/gone.txt`` goes with the second version, which `documents` makes."""
    folder = tmp_path / "source"
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "letter.txt").write_text(OLD)
    (folder / "sub" / "gone.txt").write_text("this was deleted")
    (folder / "sub" / "data.bin").write_bytes(bytes(range(256)) * 2000)
    (folder / "sub" / "deep" / "star*.txt").write_text("a name that is no pattern")
    (folder / "sub" / "deep" / "starry.txt").write_text("another")
    for number, each in enumerate(sorted(folder.rglob("*.*"))):
        os.utime(each, (1_600_000_000 + number, 1_600_000_000 + number))
    return folder


@pytest.fixture
def documents(server: ServerProcess, source: Path) -> str:
    with server.signed_in() as client:
        backup = saved(client, source)
        assert ran(client, backup)["Status"] == "Completed"
        versions_apart(client, backup)
        (source / "letter.txt").write_text(NEW)
        (source / "sub" / "gone.txt").unlink()
        assert ran(client, backup)["Status"] == "Completed"
    return backup


def same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes() and _ticks(one) == _ticks(other)


def _ticks(path: Path) -> int:
    """The time of a file in the 100 nanoseconds of the format."""
    return path.stat().st_mtime_ns // 100


def to_folder(page: Page, folder: Path) -> None:
    page.get_by_label("Another folder").check()
    page.get_by_label("Folder", exact=True).fill(str(folder))


def test_a_file_and_a_folder_are_restored_and_the_preview_told_it(
    page: Page, server: ServerProcess, documents: str, source: Path, tmp_path: Path
) -> None:
    page.get_by_role("link", name="Restore", exact=True).click()
    expect(page.get_by_role("heading", name="Restore from Documents")).to_be_visible()
    page.locator(".day a").first.click()
    page.get_by_role("checkbox", name="Choose letter.txt").check()
    page.get_by_role("link", name="sub", exact=True).click()
    page.get_by_role("checkbox", name="Choose deep").check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_role("link", name="Restore…").click()
    out = tmp_path / "new" / "folder"
    to_folder(page, out)
    plan = page.get_by_label("What will happen")
    expect(plan).to_contain_text("3 files")
    foreseen = plan.get_by_role("status").inner_text()
    page.get_by_role("button", name="Restore now").click()
    expect(page.get_by_role("heading", name="Your files are restored.")).to_be_visible()
    expect(page.get_by_text(str(out))).to_be_visible()
    with server.signed_in() as client:
        result = newest(client, documents)
    assert result["RestoredFiles"] == 3
    size = foreseen.split("(")[1].split(")")[0]
    expect(page.get_by_text(f"Written: 3 files ({size}).")).to_be_visible()
    assert size == f"{result['SizeOfRestoredFiles']} B"
    assert sorted(each.name for each in out.rglob("*.txt")) == ["letter.txt", "star*.txt", "starry.txt"]
    for name in ("letter.txt", "sub/deep/star*.txt", "sub/deep/starry.txt"):
        assert same(source / name, out / name)


def test_the_folder_to_restore_to_is_chosen_or_made(page: Page, documents: str, tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    page.goto(f"/#/restore/{documents}")
    page.locator(".day a").first.click()
    page.get_by_role("checkbox", name="Choose letter.txt").check()
    page.get_by_role("link", name="Restore…").click()
    to_folder(page, tmp_path / "not there yet")
    page.get_by_role("button", name="Choose…").click()
    dialog = page.get_by_role("dialog", name="Choose a folder")
    dialog.get_by_role("button", name="shelf").click()
    expect(dialog.get_by_text("There is no folder in it.")).to_be_visible()
    dialog.get_by_text("New folder").click()
    dialog.get_by_label("Name of the new folder").fill("box")
    dialog.get_by_label("Name of the new folder").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text(f"{tmp_path}/shelf/box/")
    dialog.get_by_role("button", name="Use this folder").click()
    expect(page.get_by_label("Folder", exact=True)).to_have_value(f"{tmp_path}/shelf/box")
    assert (tmp_path / "shelf" / "box").is_dir()


def test_a_deleted_file_is_found_and_comes_back(page: Page, documents: str, source: Path) -> None:
    page.goto("/#/restore")
    page.get_by_label("Find a file in all versions").fill("gone")
    row = page.get_by_role("list", name="Files found").get_by_role("listitem")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("in 1 of 2 versions")
    expect(row).to_contain_text("deleted since")
    page.get_by_label("Find a file in all versions").fill("nothing like it")
    expect(page.get_by_text("No version has a file called")).to_be_visible()
    page.get_by_label("Find a file in all versions").fill("gone.t?t")
    page.get_by_role("link", name="gone.txt").click()
    lane = page.get_by_role("list", name="All versions of this file")
    expect(lane.get_by_role("listitem")).to_have_count(2)
    expect(lane.get_by_role("listitem").first).to_contain_text("not there")
    lane.get_by_role("button", name="Restore…").click()
    page.get_by_role("button", name="Restore now").click()
    expect(page.get_by_text("They are where they were.")).to_be_visible()
    assert (source / "sub" / "gone.txt").read_text() == "this was deleted"


def test_the_lane_of_a_text_and_what_changed_in_it(page: Page, documents: str, source: Path) -> None:
    page.goto(f"/#/restore/{documents}/file/{quote(str(source / 'letter.txt'), safe='')}")
    lane = page.get_by_role("list", name="All versions of this file").get_by_role("listitem")
    expect(lane).to_have_count(2)
    expect(lane.first).to_contain_text("changed")
    expect(lane.last).to_contain_text("first seen")
    lane.last.get_by_role("link", name="View").click()
    expect(page.get_by_label("Content")).to_have_text(OLD)
    page.go_back()
    lane.first.get_by_role("link", name="Compare with before").click()
    expect(page.get_by_role("status").filter(has_text="line")).to_have_text("2 lines added, 1 line removed")
    lines = page.get_by_role("list", name="What changed").get_by_role("listitem").all_inner_texts()
    told = ["".join(each.split("\n")) for each in lines]
    assert told == [" first line", "-second line", "+another second line", " third line", "+fourth line"]
    page.go_back()
    with page.expect_download() as download:
        lane.last.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "letter.txt"
    assert download.value.path().read_text() == OLD


def test_a_picture_is_shown(page: Page, server: ServerProcess, source: Path) -> None:
    (source / "dot.png").write_bytes(base64.b64decode(DOT))
    with server.signed_in() as client:
        backup = saved(client, source)
        assert ran(client, backup)["Status"] == "Completed"
    page.goto(f"/#/restore/{backup}/file/{quote(str(source / 'dot.png'), safe='')}")
    page.get_by_role("link", name="View").click()
    picture = page.get_by_role("img", name="Picture dot.png")
    expect(picture).to_be_visible()
    assert picture.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1


def test_what_was_chosen_comes_as_a_zip_file(page: Page, documents: str, source: Path) -> None:
    page.goto(f"/#/restore/{documents}")
    page.locator(".day a").first.click()
    page.get_by_role("checkbox", name="Choose sub").check()
    page.get_by_role("link", name="sub", exact=True).click()
    expect(page.get_by_role("checkbox", name="Choose deep")).to_be_checked()
    page.get_by_role("checkbox", name="Choose data.bin").uncheck()
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.get_by_role("link", name="Restore…").click()
    page.get_by_label("This browser, as a zip file").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the zip file").click()
    packed = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
    files = {name.rpartition("/")[2]: packed.read(name) for name in packed.namelist() if name[-1] != "/"}
    assert files == {each.name: each.read_bytes() for each in (source / "sub" / "deep").iterdir()}


def test_by_keyboard_only_from_home_to_a_restored_file(
    page: Page, documents: str, source: Path, tmp_path: Path
) -> None:
    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
                " || document.activeElement.labels?.[0]?.innerText"
            )
            if focused and focused.strip().startswith(name):
                return
        raise AssertionError(f"Nothing is called {name}")

    expect(page.get_by_role("heading", name="Everything is backed up.")).to_be_visible()
    tab_to("Restore")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Restore from Documents")).to_be_visible()
    tab_to("Find a file")
    page.keyboard.type("letter")
    expect(page.get_by_role("list", name="Files found").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_label("Find a file in all versions")).to_be_focused()
    page.get_by_label("Find a file in all versions").fill("")
    page.locator(".day a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("grid")).to_be_visible()
    tab_to("letter.txt")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    expect(page.get_by_role("checkbox", name="Choose letter.txt")).to_be_checked()
    tab_to("Restore…")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Where to")).to_be_visible()
    tab_to("Where it was")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Another folder")).to_be_checked()
    tab_to("Folder")
    page.keyboard.type(str(tmp_path / "out"))
    expect(page.get_by_label("What will happen")).to_contain_text("1 file")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your files are restored.")).to_be_visible()
    assert same(source / "letter.txt", tmp_path / "out" / "letter.txt")


def test_conflicts_are_told_before_and_kept_both(page: Page, documents: str, source: Path) -> None:
    (source / "letter.txt").write_text("changed since")
    page.goto(f"/#/restore/{documents}")
    page.locator(".day a").first.click()
    page.get_by_role("checkbox", name="Choose letter.txt").check()
    page.get_by_role("link", name="Restore…").click()
    plan = page.get_by_label("What will happen")
    expect(plan).to_contain_text("1 file gets another name; what is there stays.")
    page.get_by_label("Replace it").check()
    expect(plan).to_contain_text("1 file is replaced")
    page.get_by_text("1 file is there already").click()
    expect(plan.get_by_role("listitem")).to_contain_text("is replaced")
    page.get_by_label("Keep both").check()
    expect(plan).to_contain_text("gets another name")
    page.get_by_role("button", name="Restore now").click()
    expect(page.get_by_role("heading", name="Your files are restored.")).to_be_visible()
    assert (source / "letter.txt").read_text() == "changed since"
    assert NEW in [each.read_text() for each in source.glob("letter*")]


def test_from_a_destination_of_real_duplicati(page: Page, tmp_path: Path) -> None:
    case = CASES["b-aes"]
    assert case.passphrase
    page.goto("/#/restore")
    page.get_by_role("link", name="Restore from a destination").click()
    page.get_by_label("Folder", exact=True).fill(str(case.remote))
    page.get_by_label("Passphrase of the backup").fill("a wrong one")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", name="The destination could not be read.")).to_be_visible()
    page.get_by_role("link", name="Try again").click()
    expect(page.get_by_label("Passphrase of the backup")).to_have_value("")
    page.get_by_label("Passphrase of the backup").fill(case.passphrase)
    page.get_by_role("button", name="Open").click()
    expect(page.locator(".day a")).to_have_count(3)
    page.locator(".day a").first.click()
    page.get_by_label("Everything in this folder").check()
    page.get_by_role("link", name="Restore…").click()
    out = tmp_path / "out"
    to_folder(page, out)
    page.get_by_text("More", exact=True).click()
    page.get_by_label("Restore permissions and owners").check()
    expect(page.get_by_label("What will happen")).to_contain_text("To be written")
    page.get_by_role("button", name="Restore now").click()
    expect(page.get_by_role("heading", name="Your files are restored")).to_be_visible(timeout=30_000)
    assert case.differences(3, out) == []


def without_passphrase(client: httpx.Client, source: Path) -> str:
    """A backup in memory of an encrypted destination, whose versions are known here."""
    assert ran(client, saved(client, source, passphrase=PASSPHRASE))["Status"] == "Completed"
    form = {"Name": "Locked", "TargetURL": f"file://{source.parent / 'target'}", "Sources": []}
    with_it = form | {"Settings": [{"Name": "passphrase", "Value": PASSPHRASE}]}
    backup = client.post("/api/v1/backups?temporary=true", json={"Backup": with_it}).json()["ID"]
    assert ended(client, start(client, f"/api/v1/backup/{backup}/repair"))["Status"] == "Completed"
    assert client.put(f"/api/v1/backup/{backup}", json={"Backup": form}).status_code == 200
    return str(backup)


def test_a_passphrase_that_is_not_stored_is_asked_for(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    with server.signed_in() as client:
        backup = without_passphrase(client, source)
    page.goto(f"/#/restore/{backup}")
    page.locator(".day a").first.click()
    page.get_by_role("checkbox", name="Choose letter.txt").check()
    page.get_by_role("link", name="Restore…").click()
    out = tmp_path / "out"
    to_folder(page, out)
    expect(page.get_by_role("button", name="Restore now")).to_be_disabled()
    page.get_by_label("Passphrase of the backup").fill("a wrong one")
    expect(page.get_by_role("alert")).to_contain_text("passphrase")
    page.get_by_label("Passphrase of the backup").fill(PASSPHRASE)
    expect(page.get_by_label("What will happen")).to_contain_text("1 file")
    page.get_by_role("button", name="Restore now").click()
    expect(page.get_by_role("heading", name="Your files are restored.")).to_be_visible()
    assert same(source / "letter.txt", out / "letter.txt")


def test_an_opened_backup_is_unlocked(page: Page, server: ServerProcess, source: Path) -> None:
    with server.signed_in() as client:
        assert ran(client, saved(client, source, passphrase=PASSPHRASE))["Status"] == "Completed"
        form = {"Name": "Locked", "TargetURL": f"file://{source.parent / 'target'}", "Sources": []}
        backup = client.post("/api/v1/backups?temporary=true", json={"Backup": form}).json()["ID"]
    page.goto(f"/#/restore/{backup}")
    page.get_by_label("Passphrase of the backup").fill(PASSPHRASE)
    page.get_by_role("button", name="Open").click()
    page.get_by_label("Find a file in all versions").fill("letter")
    page.get_by_role("link", name="letter.txt").click()
    page.get_by_role("link", name="View").click()
    expect(page.get_by_label("Content")).to_have_text(OLD)
    assert PASSPHRASE not in page.content()


def test_many_files_in_one_folder_scroll(page: Page, server: ServerProcess, source: Path) -> None:
    for number in range(MANY):
        (source / f"file{number:05}.txt").touch()
    with server.signed_in() as client:
        backup = saved(client, source)
        assert ran(client, backup)["Status"] == "Completed"
    page.goto(f"/#/restore/{backup}")
    page.locator(".day a").first.click()
    rows = page.get_by_role("grid").get_by_role("row")
    expect(rows.first).to_be_visible()
    rows.first.focus()
    page.keyboard.press("End")
    # The folder "sub" stands last, by its name.
    expect(page.get_by_role("row", name="sub")).to_be_focused()
    assert rows.count() < 60
    page.keyboard.press("PageUp")
    page.get_by_role("grid").evaluate("(box) => { box.scrollTop = 40 * 9999 }")
    expect(page.get_by_role("link", name="file10000.txt")).to_be_visible()
    assert rows.count() < 60


def test_a_backup_without_versions_says_so(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    with server.signed_in() as client:
        assert ran(client, saved(client, source))["Status"] == "Completed"
        (tmp_path / "empty").mkdir()
        saved(client, source, "Second", target=tmp_path / "empty")
    page.goto("/#/restore")
    expect(page.get_by_role("heading", name="From which backup?")).to_be_visible()
    page.get_by_role("link", name="Second").click()
    expect(page.get_by_text("This backup has no version yet.")).to_be_visible()


def test_a_restore_waits_while_everything_is_paused(
    page: Page, server: ServerProcess, documents: str, source: Path
) -> None:
    page.goto(f"/#/restore/{documents}/file/{quote(str(source / 'sub' / 'gone.txt'), safe='')}")
    page.get_by_role("button", name="Restore…").click()
    with server.signed_in() as client:
        client.post("/api/v1/serverstate/pause?duration=")
        page.get_by_role("button", name="Restore now").click()
        expect(page.get_by_role("heading", name="Your restore is in the queue.")).to_be_visible()
        expect(page.get_by_role("status")).to_contain_text("Everything is paused until you resume.")
        client.post("/api/v1/serverstate/resume")
    expect(page.get_by_role("heading", name="Your files are restored.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Your files are restored.")).to_be_visible()
