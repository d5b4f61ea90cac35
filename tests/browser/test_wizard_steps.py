"""The steps of the wizard in a real browser: what is backed up, when it runs, what stays, and all options."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect
from support.api_client import ran
from support.browsing import Watch
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser
_DRAFT = 'async () => (await import("./wizard/store.mjs")).work.value.draft'
_CHANGE = """async ([name, members]) => (await import("./wizard/store.mjs")).change((draft) =>
  name === "Schedule" ? { ...draft, Schedule: members }
  : { ...draft, Backup: { ...draft.Backup, ...members } })"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    for name, size in (
        ("documents/letter.txt", 1000),
        ("documents/book/one.txt", 2000),
        ("documents/book/draft.tmp", 4000),
        ("photos/a.raw", 50_000),
        ("photos/b.tmp", 7),
        (".hidden/x", 1),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    return folder


def draft(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(_DRAFT)
    return found


def put(page: Page, name: str, members: object) -> None:
    page.evaluate(_CHANGE, [name, members])


def step(page: Page, name: str, heading: str) -> None:
    page.goto(f"/#/new/{name}")
    expect(page.get_by_role("heading", name=heading)).to_be_visible()


def here(page: Page) -> Locator:
    """The row of the tree that the keys move."""
    return page.locator(f"#{page.get_by_role('tree').get_attribute('aria-activedescendant')}")


def go_into(page: Page, folder: Path) -> None:
    """By keyboard only; ends on the row of the folder, which is open."""
    expect(page.locator("#tree-1")).to_be_visible()
    page.get_by_role("tree").focus()
    for part in folder.parts[1:]:
        page.keyboard.type(part)
        expect(page.get_by_role("treeitem").filter(has_text=part).first).to_be_visible()
        page.keyboard.press("ArrowRight")
        expect(here(page)).to_have_attribute("aria-expanded", "true")
        expect(page.get_by_role("treeitem", name="Loading…")).to_have_count(0)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("treeitem").filter(has=page.get_by_text(name, exact=True))


def saved(client: httpx.Client, found: dict[str, Any], target: Path) -> str:
    """As the wizard left it, without encryption."""
    secret = ("encryption-module", "passphrase")
    plain = [each for each in found["Backup"]["Settings"] if each["Name"] not in secret]
    settings = [*plain, {"Name": "--no-encryption", "Value": "true"}]
    backup = {**found["Backup"], "Name": "Made", "TargetURL": target.as_uri(), "Settings": settings}
    answer = client.post("/api/v1/backups", json={"Backup": backup, "Schedule": found["Schedule"]})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ID"])


def test_folders_are_chosen_and_left_out_by_keyboard(page: Page, source: Path) -> None:
    step(page, "sources", "What to back up")
    go_into(page, source)
    page.keyboard.press("Space")
    expect(here(page)).to_have_attribute("aria-checked", "true")
    assert draft(page)["Backup"]["Sources"] == [f"{source}/"]
    page.keyboard.type("doc")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(here(page)).to_contain_text("book")
    page.keyboard.press("Space")
    expect(row(page, "book")).to_have_attribute("aria-checked", "false")
    expect(row(page, "documents")).to_have_attribute("aria-checked", "mixed")
    assert [each["Expression"] for each in draft(page)["Backup"]["Filters"]] == [f"{source}/documents/book/"]
    expect(page.get_by_role("list", name="Chosen")).to_contain_text("4 files, 49.8 KiB")
    page.keyboard.press("Space")
    expect(row(page, "book")).to_have_attribute("aria-checked", "true")
    assert draft(page)["Backup"]["Filters"] == []
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(row(page, "book")).to_have_count(0)


def test_what_would_be_included_is_what_then_is(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    step(page, "sources", "What to back up")
    page.get_by_label("Type a path").fill(f"{source}/")
    page.get_by_label("Type a path").press("Enter")
    counted = page.locator(".counted")
    expect(counted).to_contain_text("6 files, 55.7 KiB would be backed up.")
    page.get_by_role("button", name="Add a rule").click()
    page.get_by_label("Kind of rule").select_option("File ending")
    page.get_by_label("Name or pattern").fill("tmp")
    expect(counted).to_contain_text("4 files")
    page.get_by_label("Hidden files and folders", exact=True).check()
    expect(counted).to_contain_text("3 files")
    expect(page.get_by_role("list", name="Left out")).to_contain_text("2 files or folders by a rule")
    page.get_by_label("Files larger than", exact=True).first.fill("10")
    page.get_by_label("Unit: Files larger than").select_option("KiB")
    expect(counted).to_contain_text("2 files, 2.9 KiB would be backed up.")
    with server.signed_in() as client:
        backup = saved(client, draft(page), tmp_path / "target")
        ran(client, backup)
        numbers = client.get(f"/api/v2/backup/{backup}/runs").json()["Data"][0]["Numbers"]
    assert (numbers["ExaminedFiles"], numbers["SizeOfExaminedFiles"]) == (2, 3000)


def test_rules_are_ordered_written_as_text_and_survive(page: Page, source: Path) -> None:
    rules = ["-*/cache/", "+*.txt", "-[.*\\.bak]", "-{TemporaryFiles}", "-/a*b?c", "-@/odd*name"]
    step(page, "sources", "What to back up")
    filters = [
        {"Order": at, "Include": each[0] == "+", "Expression": each[1:]} for at, each in enumerate(rules)
    ]
    sources = [f"{source}/", "@/mnt|ssh://host/x?auth-username=u", "%NOWHERE%/x/"]
    put(page, "Backup", {"Sources": sources, "Filters": filters})
    expect(page.get_by_label("Kind of rule")).to_have_count(6)
    boxes = page.get_by_label("Kind of rule").all()
    kinds = [each.evaluate("box => box.selectedOptions[0].text") for each in boxes]
    known = ["Folder name", "File ending", "Regular expression", "Group", "Pattern with * and ?"]
    assert kinds == [*known, "This file or folder"]
    chosen = page.get_by_role("list", name="Chosen")
    expect(chosen).to_contain_text("from elsewhere, not counted")
    expect(chosen).to_contain_text("not a path of this computer")
    page.get_by_role("button", name="Move down: */cache/").click()
    page.get_by_role("button", name="Remove: /a*b?c").click()
    page.get_by_text("Edit as text").click()
    text = page.get_by_label("One rule a line")
    expect(text).to_have_value("\n".join([rules[1], rules[0], rules[2], rules[3], rules[5]]))
    text.fill("-*.iso\nno sign")
    expect(page.get_by_role("alert").filter(has_text="Each line must begin")).to_be_visible()
    assert len(draft(page)["Backup"]["Filters"]) == 5
    text.fill("-*.iso\n+*")
    expect(page.get_by_label("Kind of rule")).to_have_count(2)
    assert draft(page)["Backup"]["Filters"][1] == {"Order": 1, "Include": True, "Expression": "*"}


def test_a_typed_path_that_is_not_there(page: Page, console: Watch, tmp_path: Path) -> None:
    missing = f"{tmp_path}/missing/"
    step(page, "sources", "What to back up")
    page.get_by_label("Type a path").fill(missing)
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("button", name="Add it all the same").click()
    expect(page.get_by_role("list", name="Chosen")).to_contain_text(missing)
    expect(page.locator(".counted")).to_contain_text("Change the choice or the rules above.")
    page.get_by_role("button", name=f"Remove {missing}").click()
    expect(page.get_by_text("Nothing is chosen yet.")).to_be_visible()
    console.expect("404")


def test_a_folder_of_very_many_entries(page: Page, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.mkdir()
    for number in range(20_000):
        (large / f"file-{number:05}").touch()
    step(page, "sources", "What to back up")
    go_into(page, large)
    page.keyboard.type("file-19999")
    expect(row(page, "file-19999")).to_be_visible()
    assert page.get_by_role("treeitem").count() < 200
    page.keyboard.press("Home")
    expect(page.locator("#tree-0")).to_be_visible()
    page.keyboard.type("file-1")
    expect(row(page, "file-10000")).to_be_visible()
    expect(row(page, "file-10000")).to_have_attribute("aria-setsize", "20000")
    page.get_by_role("tree").evaluate("box => { box.scrollTop = box.scrollHeight / 4; }")
    expect(page.get_by_role("treeitem").filter(has_text="file-05").first).to_be_visible()
    assert page.get_by_role("treeitem").count() < 200


def test_a_schedule_in_words_is_what_the_scheduler_then_plans(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    step(page, "schedule", "When to run")
    page.get_by_label("On some weekdays").check()
    page.get_by_label("Time").fill("02:30")
    page.get_by_label("Monday").uncheck()
    expect(page.get_by_text("Tuesday, Wednesday, Thursday, and Friday at 02:30")).to_be_visible()
    runs = page.get_by_role("list", name="The next runs").locator("time")
    expect(runs).to_have_count(5)
    expect(runs.first).to_contain_text("02:30")
    assert not any("Monday" in each for each in runs.all_inner_texts())
    put(page, "Backup", {"Sources": [f"{source}/"]})
    with server.signed_in() as client:
        saved(client, draft(page), tmp_path / "target")
        deadline = time.monotonic() + 20
        while not (proposed := client.get("/api/v2/schedule").json()["Data"]["Proposed"]):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    assert proposed[0]["Due"] == runs.first.get_attribute("datetime")


def test_other_rules_of_a_schedule_stay_as_they_are(page: Page) -> None:
    step(page, "schedule", "When to run")
    rule = {
        "Repeat": "1W2D",
        "Time": "2030-05-01T03:04:00Z",
        "AllowedDays": ["mon", "sun"],
        "Tags": ["ID=9"],
        "Rule": "",
    }
    put(page, "Schedule", rule)
    expect(page.get_by_label("Another rule")).to_be_checked()
    expect(page.get_by_label("Repeat every")).to_have_value("1W2D")
    expect(page.get_by_label("First run")).to_have_value("2030-05-01T03:04")
    expect(page.get_by_role("list", name="The next runs").locator("time")).to_have_count(5)
    assert draft(page)["Schedule"] == rule
    page.get_by_label("Repeat every").fill("often")
    expect(page.get_by_role("alert")).to_contain_text("Correct the rule above.")
    page.get_by_label("Repeat every").fill("2W")
    page.get_by_label("Only when I start it").check()
    assert draft(page)["Schedule"] is None
    page.get_by_label("Another rule").check()
    assert draft(page)["Schedule"] == {**rule, "Repeat": "2W"}
    page.get_by_label("Every few hours").check()
    page.get_by_label("Hours from one run").fill("8")
    expect(page.get_by_text("Every 8 hours, beginning at 03:04")).to_be_visible()


def test_what_a_year_would_leave(page: Page) -> None:
    step(page, "options", "Which versions to keep")
    page.get_by_label("All versions", exact=False).first.check()
    expect(page.get_by_text("365 of 365 versions")).to_be_visible()
    page.get_by_label("A number of versions").check()
    page.get_by_label("How many versions").fill("12")
    expect(page.get_by_text("12 of 365 versions")).to_be_visible()
    expect(page.get_by_role("img", name="Time line: 12 versions stay, 353 go")).to_be_visible()
    page.get_by_label("Up to an age").check()
    page.get_by_label("Keep versions for", exact=True).first.fill("2")
    page.get_by_label("Unit: Keep versions for").select_option("weeks")
    expect(page.get_by_text(re.compile("1[45] of 365 versions"))).to_be_visible()
    settings = {each["Name"]: each["Value"] for each in draft(page)["Backup"]["Settings"]}
    assert settings["keep-time"] == "2W"
    assert not {"keep-versions", "retention-policy"} & set(settings)
    page.get_by_label("By a rule of your own").check()
    page.get_by_label("Rule", exact=True).fill("1D")
    expect(page.get_by_role("alert")).to_contain_text("Correct the rule above.")
    page.get_by_label("Rule", exact=True).fill("1W:1D,U:1M")
    parts = page.get_by_role("list", name="By the parts of the rule")
    expect(parts).to_contain_text("Up to 1 week back, at least 1 day apart: 8 of 8")


def test_which_versions_the_next_run_deletes(
    page: Page, server: ServerProcess, source: Path, tmp_path: Path
) -> None:
    with server.signed_in() as client:
        made = {"Backup": {"Sources": [f"{source}/"], "Settings": []}, "Schedule": None}
        backup = saved(client, made, tmp_path / "target")
        for number in range(3):
            (source / "news.txt").write_text(f"news {number}")
            ran(client, backup)
        page.goto(f"/#/edit/{backup}/options")
        page.get_by_label("A number of versions").check()
        page.get_by_label("How many versions").fill("2")
        expect(page.get_by_text("After the next run 2 of 4 versions stay.")).to_be_visible()
        client.put(f"/api/v1/backup/{backup}", json=draft(page))
        (source / "news.txt").write_text("the last ones")
        ran(client, backup)
        versions = client.post("/api/v2/backup/list-filesets", json={"BackupId": backup}).json()["Data"]
    assert len(versions) == 2


def test_options_are_found_added_and_kept(page: Page, server: ServerProcess) -> None:
    with server.signed_in() as client:
        client.patch("/api/v1/serversettings", json={"--number-of-retries": "9"})
    step(page, "options", "Further options")
    old = {"Name": "--of-long-ago", "Value": "x y"}
    put(page, "Backup", {"Settings": [old, {"Name": "dblock-size", "Value": "20mb"}]})
    options = page.get_by_role("list", name="Further options")
    expect(options).to_contain_text("none of this server's options")
    page.get_by_label("dblock-size", exact=True).first.fill("64")
    page.get_by_text("All options by subject").click()
    page.get_by_text("Log 1").click()
    expect(page.get_by_role("button", name="Add log-file-log-level")).to_be_visible()
    page.get_by_label("Search by name or help").fill("symbolic links")
    page.get_by_role("button", name="Add symlink-policy").click()
    expect(page.get_by_label("symlink-policy", exact=True)).to_be_focused()
    page.get_by_label("symlink-policy", exact=True).select_option("Follow")
    page.get_by_label("Search by name or help").fill("xyzzy")
    expect(page.get_by_text("No option has these words")).to_be_visible()
    assert draft(page)["Backup"]["Settings"] == [
        {"Name": "--of-long-ago", "Value": "x y"},
        {"Name": "dblock-size", "Value": "64mb"},
        {"Name": "symlink-policy", "Value": "Follow"},
    ]
    page.get_by_label("Search by name or help").fill("passphrase")
    expect(page.get_by_role("button", name="Add passphrase", exact=True)).to_have_count(0)
    inherited = page.get_by_role("list", name="Set for all backups")
    expect(inherited).to_contain_text("number-of-retries = 9")
    page.get_by_role("button", name="Set number-of-retries for this backup").click()
    expect(page.get_by_label("number-of-retries", exact=True)).to_have_value("9")
    expect(inherited).to_have_count(0)
    page.get_by_role("button", name="Remove of-long-ago").click()
    expect(options).not_to_contain_text("of-long-ago")
