"""Destinations on the page: those of many kinds, further ones with copies, and a restore from a copy."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect
from support.api_client import ran, versions_apart
from support.axe import faults
from support.browsing import ColourScheme, sign_in, watched_context
from support.s3_server import KEY, SECRET, S3Server, moto_server, rclone_server
from support.server_process import ServerProcess
from support.sftp_server import sshd

from triplicati.values.urls import parse_url

pytestmark = pytest.mark.browser
STARS = "*" * 15


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear reader")
    return folder


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with moto_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


def saved(
    server: ServerProcess, source: Path, target: str, *copies: str, **members: str
) -> str:
    """The number of a backup that has these further destinations."""
    further = [{"TargetUrl": url, "UrlKey": f"copy-{at}", **members} for at, url in enumerate(copies)]
    backup: dict[str, Any] = {
        "Name": "Docs",
        "TargetURL": target,
        "Sources": [str(source)],
        "Settings": [{"Name": "no-encryption", "Value": "true"}, {"Name": "number-of-retries", "Value": "0"}],
        "AdditionalTargetURLs": further,
    }
    with server.signed_in() as client:
        answer = client.post("/api/v1/backups", json={"Backup": backup, "Schedule": None})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["ID"])


def whole(server: ServerProcess, number: str) -> dict[str, Any]:
    """The backup with its secrets."""
    with server.signed_in() as client:
        answer = client.get(f"/api/v1/backup/{number}/export", params={"export-passwords": True})
        found: dict[str, Any] = answer.json()["Backup"]
        return found


def save(page: Page) -> None:
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Review").click()
    page.get_by_role("button", name="Save").click()
    unseen = page.get_by_role("button", name="Save without it")
    ended = page.locator("nav.tabs")
    expect(ended.or_(unseen)).to_be_visible()
    if unseen.is_visible():
        unseen.click()
    expect(ended).to_be_visible()


def fill_s3(page: Page, server: S3Server, bucket: str, secret: str = SECRET) -> None:
    page.get_by_label("Kind of destination").select_option("S3 compatible")
    page.get_by_label("Bucket", exact=True).fill(bucket)
    page.get_by_label("Folder in the bucket").fill("docs/2026")
    page.get_by_label("Access key", exact=True).fill(KEY)
    page.get_by_label("Secret of the access key", exact=True).fill(secret)
    page.get_by_label("Server that speaks S3").fill(f"127.0.0.1:{server.port}")
    encrypted = page.get_by_label("Use an encrypted connection")
    expect(encrypted).to_be_checked()  # nobody has to think of it
    encrypted.uncheck()


def test_a_backup_to_a_bucket_with_a_copy_in_a_folder(
    page: Page, server: ServerProcess, s3: S3Server, source: Path, tmp_path: Path
) -> None:
    """The bucket is not there yet, a copy is added in the same step; both hold the same after a run."""
    page.goto("/#/new")
    page.get_by_label("Name").first.fill("Docs")
    page.get_by_role("radio", name="none").check()
    page.get_by_role("button", name="Next").click()
    fill_s3(page, s3, "fresh-bucket")
    secret = page.get_by_label("Secret of the access key", exact=True)
    expect(secret).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show: Secret of the access key").click()
    expect(secret).to_have_attribute("type", "text")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("There is no such bucket or container yet.")).to_be_visible()
    page.get_by_role("button", name="Create it").click()
    expect(page.get_by_text("It works, and nothing is there yet.")).to_be_visible()

    page.get_by_role("button", name="Add a destination").click()
    copy = page.get_by_role("group", name="Further destination 1")
    copy.get_by_label("Folder").fill(str(tmp_path / "copy"))
    copy.get_by_role("button", name="Test").click()
    copy.get_by_role("button", name="Create it").click()
    expect(copy.get_by_text("It works, and nothing is there yet.")).to_be_visible()
    assert SECRET not in page.evaluate("JSON.stringify({...sessionStorage})")

    page.get_by_role("button", name="Next").click()
    page.get_by_label("Type a path").fill(str(source))
    page.get_by_label("Type a path").press("Enter")
    expect(page.get_by_role("list", name="Chosen")).to_contain_text(str(source))
    page.get_by_role("navigation", name="Steps").get_by_role("link", name="Review").click()
    expect(page.get_by_role("main")).to_contain_text(f"A copy goes to {tmp_path}/copy, after each backup")
    save(page)
    copies = page.get_by_role("region", name="Copies")
    expect(copies.get_by_text("up to date")).to_be_visible(timeout=20_000)
    stored = s3.stored("fresh-bucket", "docs/2026/")
    assert len(stored) == 3
    assert {each.name: each.read_bytes() for each in (tmp_path / "copy").iterdir()} == stored


def test_a_wrong_key_is_a_clear_sentence(page: Page, tmp_path: Path) -> None:
    with rclone_server(tmp_path) as server:
        server.make_bucket("there")
        page.goto("/#/new/destination")
        fill_s3(page, server, "there", "a wrong secret")
        page.get_by_role("button", name="Test", exact=True).click()
        told = page.get_by_role("alert")
        expect(told).to_contain_text("did not accept the user name, password or key", timeout=20_000)
        expect(told).not_to_contain_text("a wrong secret")
        page.get_by_label("Secret of the access key", exact=True).fill(SECRET)
        expect(told).to_have_count(0)
        page.get_by_role("button", name="Test", exact=True).click()
        expect(page.get_by_text("It works, and nothing is there yet.")).to_be_visible()


def test_an_unknown_server_is_trusted_by_its_key(page: Page, tmp_path: Path) -> None:
    with sshd(tmp_path / "sshd", kinds=("ed25519",)) as there:
        (tmp_path / "shelf").mkdir()
        page.goto("/#/new/destination")
        page.get_by_label("Kind of destination").select_option("SFTP (SSH)")
        page.get_by_label("Server", exact=True).fill("127.0.0.1")
        page.get_by_label("Port", exact=True).fill(str(there.port))
        page.get_by_label("Folder on the server").fill(str(tmp_path / "shelf").lstrip("/"))
        page.get_by_label("User name").fill(there.user)
        page.get_by_label("File with a private key").fill(str(there.user_key))
        page.get_by_role("button", name="Test", exact=True).click()
        told = page.get_by_role("alert")
        expect(told).to_contain_text("Its key has the fingerprint ssh-ed25519 256 SHA256:")
        page.get_by_role("button", name="Trust this server").click()
        taken = page.get_by_label("Fingerprint of the server's key")
        expect(taken).to_have_value(re.compile("^ssh-ed25519 256 SHA256:"))
        page.get_by_role("button", name="Test", exact=True).click()
        expect(page.get_by_text("It works, and nothing is there yet.")).to_be_visible(timeout=20_000)
        taken.fill("ssh-ed25519 256 SHA256:" + "A" * 43)
        page.get_by_role("button", name="Test", exact=True).click()
        expect(told).to_contain_text("is not the one that was trusted before")


def test_secrets_stay_stars_and_copies_are_changed(
    page: Page, server: ServerProcess, s3: S3Server, source: Path, tmp_path: Path
) -> None:
    s3.make_bucket("main")
    s3.make_bucket("second")
    place = f"s3-server-name=127.0.0.1:{s3.port}&aws-access-key-id={KEY}&aws-secret-access-key="
    main, second = f"s3://main/docs?{place}{SECRET}", f"s3://second/docs?{place}{SECRET}"
    folder = f"file://{tmp_path}/copy"
    number = saved(server, source, main, second, folder)
    page.goto(f"/#/edit/{number}/destination")
    secret = page.get_by_label("Secret of the access key", exact=True)
    expect(secret).to_have_value(STARS)
    expect(page.get_by_role("button", name="Show: Secret of the access key")).to_have_count(0)
    assert SECRET not in page.content()
    page.get_by_role("button", name="Change further destination 1: s3://second/docs").click()
    copy = page.get_by_role("group", name="Further destination 1")
    expect(copy.get_by_label("Secret of the access key", exact=True)).to_have_value(STARS)
    copy.get_by_role("button", name="Test").click()
    expect(copy.get_by_text("It works")).to_be_visible()
    copy.get_by_label("How often it gets a copy").select_option("After every so many backups")
    copy.get_by_label("Number").fill("3")
    page.get_by_role("button", name="Change further destination 2").click()
    copy = page.get_by_role("group", name="Further destination 2")
    copy.get_by_label("How often it gets a copy").select_option("Every few days")
    copy.get_by_label("Number").fill("2")
    save(page)
    found = whole(server, number)
    assert found["TargetURL"] == main
    further = found["AdditionalTargetURLs"]
    assert [each["TargetUrl"] for each in further] == [second, folder]
    assert [(each["Mode"], each["Interval"], each["Options"]) for each in further] == [
        ("counting", None, {"count": "3"}),
        ("interval", "2D", {}),
    ]
    page.goto(f"/#/edit/{number}/destination")
    expect(page.get_by_text("after every 3 backups")).to_be_visible()
    expect(page.get_by_text("every 2 days")).to_be_visible()
    page.get_by_role("button", name="Remove further destination 1").click()
    expect(page.get_by_text("after every 3 backups")).to_have_count(0)
    save(page)
    assert [each["TargetUrl"] for each in whole(server, number)["AdditionalTargetURLs"]] == [folder]


def test_a_copy_that_failed_says_why_and_is_copied_again(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "copy").write_text("in the way")
    number = saved(server, source, f"file://{tmp_path}/target", f"file://{tmp_path}/copy")
    page.goto(f"/#/backup/{number}")
    copies = page.get_by_role("region", name="Copies")
    expect(copies.get_by_text("never copied")).to_be_visible()
    with server.signed_in() as client:
        ran(client, number)
    expect(copies.get_by_text("the last copy failed")).to_be_visible()
    expect(copies.locator(".bad")).to_contain_text(f"{tmp_path}/copy")
    (tmp_path / "copy").unlink()
    copies.get_by_role("button", name="Copy now").click()
    expect(copies.get_by_text("up to date")).to_be_visible()
    copies.get_by_role("button", name="Test this copy").click()
    page.get_by_role("link", name="History").first.click()
    expect(page.get_by_role("row", name="Verify").first).to_be_visible()


def test_a_restore_reads_from_a_copy_where_the_destination_is_lost(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    number = saved(server, source, f"file://{tmp_path}/target", f"file://{tmp_path}/copy")
    with server.signed_in() as client:
        ran(client, number)
    shutil.rmtree(tmp_path / "target")
    file = quote(str(source / "letter.txt"), safe="")
    page.goto(f"/#/restore/{number}/file/{file}")
    page.get_by_role("button", name="Restore…").click()
    page.get_by_label("Another folder").check()
    page.get_by_label("Folder", exact=True).fill(str(tmp_path / "back"))
    page.get_by_label("Read from").select_option(f"Copy 1: file://{tmp_path}/copy")
    expect(page.get_by_label("What will happen")).to_contain_text("1 file")
    page.get_by_role("button", name="Restore now").click()
    expect(page.get_by_role("heading", name="Your files are restored.")).to_be_visible(timeout=20_000)
    (restored,) = (tmp_path / "back").rglob("letter.txt")
    assert restored.read_text() == "Dear reader"


def test_what_a_copy_does_not_have_is_not_offered(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    copies = (f"file://{tmp_path}/copy",)
    number = saved(server, source, f"file://{tmp_path}/target", *copies, Mode="interval", Interval="9D")
    with server.signed_in() as client:
        ran(client, number)
        (source / "letter.txt").write_text("Dear reader, once more")
        versions_apart(client, number)
        ran(client, number)
    page.goto(f"/#/backup/{number}")
    expect(page.get_by_role("region", name="Copies").get_by_text("1 version behind")).to_be_visible()
    page.goto(f"/#/restore/{number}/file/{quote(str(source / 'letter.txt'), safe='')}")
    page.get_by_role("button", name="Restore…").first.click()
    lacking = page.get_by_role("option", name="does not have this version")
    expect(lacking).to_be_disabled()


@pytest.mark.parametrize(("scheme", "width", "language"), [("light", 1200, "en"), ("dark", 360, "de")])
def test_every_form_fits_and_shuts_nobody_out(
    browser: Browser,
    server: ServerProcess,
    source: Path,
    tmp_path: Path,
    screenshots: Path,
    scheme: ColourScheme,
    width: int,
    language: str,
) -> None:
    """Pictures of the forms of some kinds, of further destinations and of copies in several states."""
    (tmp_path / "lost").write_text("in the way")
    copies = [f"file://{tmp_path}/{name}" for name in ("copy", "lost")]
    number = saved(server, source, f"file://{tmp_path}/target", *copies)
    with server.signed_in() as client:
        ran(client, number)
    with watched_context(browser, server.url, width=width, height=800, scheme=scheme) as (context, _):
        page = context.new_page()
        sign_in(page)
        page.evaluate(f"localStorage.setItem('triplicati:language', '{language}')")
        page.reload()

        def look(name: str) -> None:
            page.screenshot(path=screenshots / f"{name}-{scheme}-{width}-{language}.png", full_page=True)
            wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            assert wide[0] <= wide[1], name
            assert faults(page) == [], name

        page.goto(f"/#/edit/{number}/destination")
        page.locator(".further button").first.click()
        expect(page.locator(".further select").last).to_be_visible()
        look("destination-further")
        page.goto(f"/#/backup/{number}")
        expect(page.locator(".copies .state")).to_have_count(2)
        look("backup-copies")
        page.goto("/#/new/destination")
        for kind in ("s3", "ssh", "googledrive", "rclone"):
            page.locator("main select").first.select_option(kind)
            expect(page.locator("main select").first).to_have_value(kind)
            look(f"destination-{kind}")


def test_further_destinations_by_keyboard(page: Page, tmp_path: Path) -> None:
    page.goto("/#/new/destination")
    page.get_by_label("Kind of destination").focus()
    page.keyboard.type("web")
    expect(page.get_by_label("Kind of destination")).to_have_value("webdav")
    page.get_by_role("button", name="Add a destination").press("Enter")
    copy = page.get_by_role("group", name="Further destination 1")
    expect(copy.get_by_label("Kind of destination")).to_be_focused()
    copy.get_by_label("Folder").press("a")
    page.get_by_role("button", name="Change further destination 1").press("Enter")
    expect(copy).to_have_count(0)
    page.get_by_role("button", name="Remove further destination 1").press("Enter")
    expect(page.get_by_role("heading", name="Further destinations")).to_be_focused()


@pytest.mark.parametrize("kind", ["dropbox", "s3", "ssh"])
def test_odd_signs_are_written_as_the_server_reads_them(page: Page, kind: str) -> None:
    """A plus in a folder was a blank for the server."""
    odd = "a+b & c%20d/e#1?/f@g:80/ü"
    page.goto("/#/new/destination")
    page.get_by_label("Kind of destination").select_option(kind)
    names = {"dropbox": "Folder", "s3": "Folder in the bucket", "ssh": "Folder on the server"}
    folder = page.get_by_label(names[kind], exact=True)
    folder.press_sequentially(odd)
    expect(folder).to_have_value(odd)
    page.get_by_text("The address as text").click()
    url = parse_url(page.get_by_label("Address", exact=True).input_value())
    assert "/".join(part for part in (url.host, url.path) if part) == odd
    assert (url.port, url.query) == (None, {"use-ssl": "true"} if kind == "s3" else {})


def test_older_names_of_options_stay_and_links_lead_to_pages_alone(page: Page) -> None:
    page.goto("/#/new/destination")
    page.get_by_text("The address as text").click()
    address = page.get_by_label("Address", exact=True)
    address.fill("s3://b/p?aws_access_key_id=old&weird=1")
    page.get_by_label("Access key", exact=True).fill("new")
    expect(address).to_have_value("s3://b/p?aws_access_key_id=new&weird=1")
    page.get_by_text("More", exact=True).click()
    expect(page.get_by_label("weird", exact=True)).to_have_value("1")
    address.fill("googledrive://x")
    link = page.get_by_role("link", name="Get a token")
    expect(link).to_have_attribute("href", re.compile(r"^https://.*/\?type=googledrive$"))
    address.fill("googledrive://x?oauth-url=javascript:alert(1)")
    expect(link).to_have_count(0)


def test_a_folder_to_restore_from_is_chosen(page: Page, tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    page.goto("/#/restore/open")
    page.get_by_label("Folder", exact=True).fill(str(tmp_path))
    page.get_by_role("button", name="Choose a folder").click()
    dialog = page.get_by_role("dialog", name="Choose a folder")
    dialog.get_by_role("button", name="shelf").click()
    dialog.get_by_role("button", name="Use this folder").click()
    expect(page.get_by_label("Folder", exact=True)).to_have_value(f"{tmp_path}/shelf")
    assert page.url.endswith("#/restore/open")
