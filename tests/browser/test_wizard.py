"""The wizard in a real browser: a first backup from nothing, changing one, a destination in use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect
from support.api_client import ran
from support.browsing import Watch
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser
PASSPHRASE = "a passphrase that nobody else knows"
# What the host of an address is called.
HOSTS = {
    "server": "Server", "bucket": "Bucket", "container": "Container", "folder": "Folder",
    "remote": "Remote of rclone",
}  # fmt: skip
# Names that no visible label has.
_NOT_LABELLED = """(names) => {
  const labels = [...document.querySelectorAll("label")].filter((each) => each.checkVisibility());
  return names.filter((name) => !labels.some((each) => each.textContent.trim() === name));
}"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "letter.txt").write_text("Dear reader")
    return folder


def settings_of(saved: dict[str, Any]) -> dict[str, str]:
    return {each["Name"].lstrip("-"): each["Value"] for each in saved["Backup"]["Settings"]}


def go_to(page: Page, step: str) -> None:
    page.get_by_role("navigation", name="Steps").get_by_role("link", name=step).click()
    expect(page.get_by_text(f": {step}")).to_be_visible()


def name_it(page: Page, name: str) -> None:
    page.get_by_label("Name").first.fill(name)
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("The passphrase once more").fill(PASSPHRASE)
    page.get_by_role("button", name="Next").click()


def take(page: Page, folder: Path) -> None:
    page.get_by_label("Type a path").fill(str(folder))
    page.get_by_label("Type a path").press("Enter")
    expect(page.get_by_role("list", name="Chosen")).to_contain_text(str(folder))


def test_a_first_backup_from_nothing_to_the_offer_to_restore(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    target = tmp_path / "new" / "target"
    page.get_by_role("link", name="Make a backup").click()
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_have_text("The name is missing. The passphrase is missing.")
    page.get_by_label("Name").first.fill("Documents")
    page.get_by_role("button", name="Make a strong one").click()
    made = page.get_by_label("Passphrase", exact=True).input_value()
    assert [len(each) for each in made.split("-")] == [5] * 6
    page.get_by_role("button", name="Next").click()
    page.get_by_label("Folder").first.fill(str(target))
    page.get_by_role("button", name="Test").click()
    page.get_by_role("button", name="Create it").click()
    expect(page.get_by_text("It works, and nothing is there yet.")).to_be_visible()
    assert target.is_dir()
    page.get_by_role("button", name="Next").click()
    take(page, source)
    for step in ("Schedule", "Versions and options", "Review"):
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_role("status").first).to_contain_text(step)
    expect(page.get_by_text("Every day at 02:00.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="You have not seen the recovery sheet.")
    dialog.get_by_role("link", name="Recovery sheet").click()
    expect(page.get_by_text(made)).to_have_count(0)
    page.get_by_label("Show the passphrase on the sheet").check()
    expect(page.get_by_text(made)).to_be_visible()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Save as a file").click()
    sheet = Path(kept.value.path()).read_text()
    assert made in sheet
    assert f"duplicati-cli restore file://{target}" in sheet
    page.get_by_role("link", name="Back to the review").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Documents")).to_be_visible()
    offer = page.get_by_role("link", name="Restore a file now")
    expect(offer).to_be_visible(timeout=20_000)
    with server.signed_in() as client:
        (row,) = client.get("/api/v1/backups").json()
        saved = client.get(f"/api/v1/backup/{row['Backup']['ID']}").json()
    expect(offer).to_have_attribute("href", f"#/restore/{row['Backup']['ID']}")
    assert saved["Backup"]["TargetURL"] == f"file://{target}"
    assert settings_of(saved)["encryption-module"] == "aes"
    assert [each.suffix for each in target.iterdir()] == [".aes"] * 3
    assert page.evaluate("sessionStorage.length") == 0


def test_a_draft_survives_a_reload_but_for_its_secrets(page: Page, tmp_path: Path) -> None:
    page.goto("/#/new")
    name_it(page, "Photos")
    page.get_by_label("Folder").first.fill(str(tmp_path / "photos"))
    page.reload()
    expect(page.get_by_label("Folder").first).to_have_value(str(tmp_path / "photos"))
    assert PASSPHRASE not in page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    go_to(page, "Review")
    expect(page.get_by_role("alert")).to_contain_text("The passphrase is missing.")
    go_to(page, "Name and encryption")
    expect(page.get_by_label("Name").first).to_have_value("Photos")


def test_leaving_with_something_unsaved_asks_once(page: Page) -> None:
    page.goto("/#/new")
    page.get_by_label("Name").first.fill("Photos")
    page.get_by_role("link", name="Home").click()
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    dialog.get_by_role("button", name="Stay here").click()
    expect(page.get_by_label("Name").first).to_have_value("Photos")
    assert page.url.endswith("#/new")
    page.get_by_role("link", name="Home").click()
    dialog.get_by_role("button", name="Leave without saving").click()
    expect(page.get_by_role("heading", name="There is no backup yet.")).to_be_visible()
    page.get_by_role("link", name="New backup").click()
    expect(page.get_by_label("Name").first).to_have_value("")


def everything(source: Path, tmp_path: Path) -> dict[str, Any]:
    """What an export of Duplicati can hold, with options and rules that no form knows."""
    backup = {
        "Name": "Everything",
        "Description": "Two\nlines",
        "Tags": ["home", "weekly"],
        "TargetURL": f"file://{tmp_path}/target?auth-password=canary&odd-thing=a%20b",
        "Sources": [str(source), "%HOME%/papers", "@/mail|imap://me:canary@host/inbox"],
        "Settings": [
            {"Name": "encryption-module", "Value": "aes"},
            {"Name": "passphrase", "Value": PASSPHRASE},
            {"Name": "--no-such-option", "Value": "kept", "Filter": ""},
            {"Name": "--retention-policy", "Value": "1W:1D,4W:1W"},
            {"Name": "--send-mail-url", "Value": "smtp://me:canary@mail.example"},
        ],
        "Filters": [
            {"Order": 0, "Include": False, "Expression": "[.*\\.tmp]"},
            {"Order": 1, "Include": True, "Expression": "{SystemFiles}"},
        ],
        "AdditionalTargetURLs": [
            {"TargetUrl": f"file://{tmp_path}/second", "UrlKey": "two", "Mode": "interval", "Interval": "1D"}
        ],
    }
    schedule = {"Repeat": "3W", "Time": "2030-01-02T03:04:05Z", "AllowedDays": ["mon", "fri"]}
    return {"Backup": backup, "Schedule": schedule}


def read(client: httpx.Client, number: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/api/v1/backup/{number}").json()
    return found


def test_saving_without_a_change_changes_nothing(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    with server.signed_in() as client:
        made = client.post("/api/v1/backups", json=everything(source, tmp_path))
        number = made.json()["ID"]
        before = read(client, number)
        secrets = client.get(f"/api/v1/backup/{number}/export", params={"export-passwords": True}).json()
        page.goto(f"/#/edit/{number}")
        expect(page.get_by_role("heading", name="Edit Everything")).to_be_visible()
        for step in ("Destination", "What to back up", "Schedule", "Versions and options", "Review"):
            page.get_by_role("button", name="Next").click()
            expect(page.get_by_role("status").first).to_contain_text(step)
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("The backup was saved.")).to_be_visible()
        assert read(client, number) == before
        after = client.get(f"/api/v1/backup/{number}/export", params={"export-passwords": True}).json()
        assert after == secrets


def test_an_edit_changes_only_what_was_edited(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    with server.signed_in() as client:
        number = client.post("/api/v1/backups", json=everything(source, tmp_path)).json()["ID"]
        before = read(client, number)
        page.goto(f"/#/edit/{number}")
        page.get_by_text("More", exact=True).click()
        page.get_by_label("Description").fill("Another")
        page.get_by_label("Tags").fill("home")
        go_to(page, "Destination")
        page.get_by_label("Folder").first.fill(f"{tmp_path}/a 100% other?")
        go_to(page, "Review")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("dialog").get_by_role("button", name="Save without it").click()
        expect(page.get_by_text("The backup was saved.")).to_be_visible()
        expected = json.loads(json.dumps(before["Backup"]))
        expected["Description"], expected["Tags"] = "Another", ["home"]
        found = read(client, number)["Backup"]
        expected["TargetURL"] = found["TargetURL"]
        assert found == expected
        whole = client.get(f"/api/v1/backup/{number}/export", params={"export-passwords": True}).json()
        target = whole["Backup"]["TargetURL"]
        assert target == f"file://{tmp_path}/a 100%25 other%3F?auth-password=canary&odd-thing=a%20b"


def plain(name: str, source: Path, target: Path) -> dict[str, Any]:
    settings = [{"Name": "passphrase", "Value": PASSPHRASE}, {"Name": "encryption-module", "Value": "aes"}]
    backup = {"Name": name, "TargetURL": f"file://{target}", "Sources": [str(source)], "Settings": settings}
    return {"Backup": backup, "Schedule": None}


def of_a_lost_job(server: ServerProcess, source: Path, target: Path) -> None:
    """A destination with one version, of which this server knows nothing any more."""
    with server.signed_in() as client:
        number = client.post("/api/v1/backups", json=plain("Old", source, target)).json()["ID"]
        ran(client, number)
        client.delete(f"/api/v1/backup/{number}?delete-local-db=true")


def found_held(page: Page, target: Path) -> None:
    """A new backup whose destination was tested, and holds a backup."""
    page.goto("/#/new")
    name_it(page, "Again")
    page.get_by_label("Folder").first.fill(str(target))
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("alert")).to_have_text("There is a backup at this place already.")


def test_a_destination_that_holds_a_backup_is_gone_on_with(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    """The job is lost, its data is not: a new one goes on with it and has the old version."""
    target = tmp_path / "target"
    of_a_lost_job(server, source, target)
    (source / "reply.txt").write_text("Dear writer")
    found_held(page, target)
    expect(page.get_by_role("listitem").filter(has_text="duplicati")).to_contain_text("1 version")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Say what becomes of the backup there.").first).to_be_visible()
    page.get_by_role("button", name="Go on with it").click()
    page.get_by_role("button", name="Next").click()
    take(page, source)
    go_to(page, "Review")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("dialog").get_by_role("button", name="Save without it").click()
    expect(page.get_by_role("status").first).to_have_text("ok", timeout=20_000)
    expect(page.get_by_text("2 versions")).to_be_visible(timeout=20_000)
    with server.signed_in() as client:
        (row,) = client.get("/api/v1/backups").json()
    assert row["Backup"]["Name"] == "Again"


def test_a_destination_that_holds_a_backup_is_restored_from(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    """Nothing has to be typed twice."""
    target = tmp_path / "target"
    of_a_lost_job(server, source, target)
    found_held(page, target)
    page.get_by_role("link", name="Restore from it instead").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(page.get_by_label("Folder").first).to_have_value(str(target))
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_have_text(
        "This backup is encrypted. Type the passphrase that it was made with."
    )
    page.get_by_label("Passphrase of the backup").fill(PASSPHRASE)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_label("Find a file in all versions")).to_be_visible(timeout=20_000)


def test_a_destination_that_holds_a_backup_takes_another_beside_it(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    """Without a test of the destination the question comes when it is to be saved."""
    target = tmp_path / "target"
    with server.signed_in() as client:
        number = client.post("/api/v1/backups", json=plain("Old", source, target)).json()["ID"]
        ran(client, number)
        page.goto("/#/new")
        name_it(page, "My Photos")
        page.get_by_label("Folder").first.fill(str(target))
        page.get_by_role("button", name="Next").click()
        take(page, source)
        go_to(page, "Review")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("dialog").get_by_role("button", name="Save without it").click()
        expect(page.get_by_role("heading", name="There is a backup at this place already.")).to_be_visible()
        page.get_by_role("button", name="Use this name").click()
        go_to(page, "Review")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("dialog").get_by_role("button", name="Save without it").click()
        expect(page.get_by_role("link", name="Restore a file now")).to_be_visible(timeout=20_000)
    assert len(list(target.glob("myphotos-*"))) == len(list(target.glob("duplicati-*"))) == 3


def test_what_the_server_refuses_is_told_at_its_step(
    page: Page, console: Watch, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    with server.signed_in() as client:
        client.post("/api/v1/backups", json=plain("Taken", source, tmp_path / "target"))
        number = client.post("/api/v1/backups", json=plain("Mine", source, tmp_path / "other")).json()["ID"]
        page.goto(f"/#/edit/{number}")
        page.get_by_label("Name").first.fill("Taken")
        go_to(page, "Review")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("The server did not take it")
        expect(page.get_by_role("status").first).to_contain_text("Step 1 of 6")
    console.expect("409")


def test_another_passphrase_for_versions_that_are_there_is_warned_of(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    with server.signed_in() as client:
        number = client.post("/api/v1/backups", json=plain("Docs", source, tmp_path / "target")).json()["ID"]
        ran(client, number)
    page.goto(f"/#/edit/{number}")
    expect(page.get_by_text("The server keeps the passphrase.")).to_be_visible()
    page.get_by_role("button", name="Change it").click()
    page.get_by_label("Passphrase", exact=True).fill("another")
    expect(page.get_by_text("1 version is locked")).to_be_visible()
    go_to(page, "Destination")
    page.get_by_label("Folder").first.fill(str(tmp_path / "elsewhere"))
    expect(page.get_by_text("The versions at the old place stay there.")).to_be_visible()


def test_a_shared_address_is_taken_with_its_secret(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    url = f"file://{tmp_path}/shelf?auth-password=canary"
    with server.signed_in() as client:
        client.post("/api/v2/connection-strings", json={"Name": "Shelf", "BaseUrl": url})
        number = client.post("/api/v1/backups", json=plain("Docs", source, tmp_path / "old")).json()["ID"]
        page.goto(f"/#/edit/{number}/destination")
        page.get_by_label("Shared addresses").select_option("Shelf")
        expect(page.get_by_label("Folder").first).to_have_value(f"{tmp_path}/shelf")
        assert "canary" not in page.content()
        go_to(page, "Review")
        page.get_by_role("button", name="Save").click()
        page.get_by_role("dialog").get_by_role("button", name="Save without it").click()
        expect(page.get_by_text("The backup was saved.")).to_be_visible()
        whole = client.get(f"/api/v1/backup/{number}/export", params={"export-passwords": True}).json()
        assert whole["Backup"]["TargetURL"] == url
        assert whole["Backup"]["ConnectionStringID"] == 1


def test_every_kind_of_destination_has_a_form(page: Page, server: ServerProcess) -> None:
    """Those that the server declares, and one with an option of each type."""
    types = ["String", "Integer", "Boolean", "Timespan", "Size", "Enumeration", "Path", "Password", "Flags"]
    declared = {"DefaultValue": None, "ValidValues": ["one", "two"], "Deprecated": False}
    options = [
        {"Name": f"an-{each.lower()}", "Type": each, "ShortDescription": f"Help on {each}", **declared}
        for each in types
    ]
    odd = {"Key": "odd", "DisplayName": "Odd", "Description": "Everything at once.", "Options": options}
    with server.signed_in() as client:
        kinds = client.get("/api/v1/backendmodules").json()
    page.route("**/api/v1/backendmodules", lambda route: route.fulfill(json=[*kinds, odd]))
    page.goto("/#/new/destination")
    for kind in [*kinds, odd]:
        page.get_by_label("Kind of destination").select_option(kind["Key"])
        expect(page.get_by_text(kind["Description"])).to_be_visible()
        form = kind.get("Form") or {"Host": "server", "Port": True, "Main": []}
        if kind["Key"] == "file":
            form = {"Host": "folder", "Port": False, "Main": []}
        if form["Host"] in HOSTS:
            expect(page.get_by_label(HOSTS[form["Host"]], exact=True)).to_be_visible()
        expect(page.get_by_label("Port", exact=True)).to_have_count(int(form["Port"]))
        for option in form["Main"]:
            expect(page.get_by_text(option, exact=True)).to_be_visible()
        rest = {each["Name"] for each in kind["Options"]} - {*form["Main"], "auth-username", "auth-password"}
        if rest:
            page.get_by_text("More", exact=True).click()
        missing = page.evaluate(_NOT_LABELLED, sorted(rest))
        assert missing == [], kind["Key"]
    page.get_by_label("Server", exact=True).fill("host.example")
    page.get_by_label("Folder on the server").fill("a/b c")
    page.get_by_label("User name").fill("me@home")
    page.get_by_label("an-boolean").check()
    page.get_by_label("an-enumeration").select_option("two")
    page.get_by_label("Search these options").fill("help on size")
    expect(page.get_by_label("an-boolean")).to_have_count(0)
    page.get_by_text("The address as text").click()
    address = "odd://host.example/a/b c?auth-username=me%40home&an-boolean=true&an-enumeration=two"
    expect(page.get_by_label("Address", exact=True)).to_have_value(address)
    page.get_by_label("Address", exact=True).fill("odd://elsewhere:8022/x")
    expect(page.get_by_label("Port")).to_have_value("8022")


def test_the_wizard_is_gone_through_by_keyboard(page: Page, source: Path, tmp_path: Path) -> None:
    page.goto("/#/new")
    page.get_by_label("Name").first.focus()
    page.keyboard.type("Keys")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="With a passphrase")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type(PASSPHRASE)
    for _ in range(4):
        page.keyboard.press("Tab")
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Step 2 of 6")
    expect(page.get_by_role("main")).to_be_focused()
    page.get_by_label("Folder").first.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Choose a folder")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    page.keyboard.type(str(tmp_path / "target"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Step 3 of 6")
    page.go_back()
    expect(page.get_by_label("Folder").first).to_have_value(str(tmp_path / "target"))
    page.go_forward()
    take(page, source)
    for number in (4, 5, 6):
        page.get_by_role("button", name="Next").press("Enter")
        expect(page.get_by_role("status").first).to_contain_text(f"Step {number} of 6")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Save without it").press("Enter")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()


def test_a_folder_is_chosen_and_made(page: Page, tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    page.goto("/#/new/destination")
    page.get_by_label("Folder").first.fill(str(tmp_path))
    page.get_by_role("button", name="Choose a folder").click()
    dialog = page.get_by_role("dialog", name="Choose a folder")
    dialog.get_by_role("button", name="shelf").click()
    dialog.get_by_text("New folder").click()
    dialog.get_by_label("Name of the new folder").fill("box 1")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_role("status")).to_have_text(f"{tmp_path}/shelf/box 1/")
    dialog.get_by_role("button", name="Use this folder").click()
    expect(page.get_by_label("Folder").first).to_have_value(f"{tmp_path}/shelf/box 1")
    assert (tmp_path / "shelf" / "box 1").is_dir()
