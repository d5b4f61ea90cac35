"""The settings in a real browser: each section, and what it changes on a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.browsing import Watch, sign_in
from support.server_process import ServerProcess

pytestmark = pytest.mark.browser


@contextmanager
def receiver() -> Iterator[tuple[str, list[str]]]:
    """A web server that keeps the bodies it was sent, and its address."""
    bodies: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Tests say what is wrong themselves."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", bodies
        finally:
            server.shutdown()
            thread.join()


def test_every_section_has_an_address_and_a_link(page: Page) -> None:
    page.goto("/#/settings")
    links = page.get_by_role("navigation", name="Sections").get_by_role("link")
    expect(links).to_have_count(8)
    for name in links.all_inner_texts():
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        expect(page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page).to_have_url(re.compile("#/settings/tokens$"))


def test_a_token_is_shown_once_and_its_examples_work_as_written(page: Page, server: ServerProcess) -> None:
    page.goto("/#/settings/tokens")
    page.get_by_label("What it is for").fill("<b>nightly</b>")
    page.get_by_label("Good for").select_option(label="30 days")
    page.get_by_role("button", name="Make a token").click()
    token = page.get_by_label("Token", exact=True).input_value()
    environment = {**os.environ, "TRIPLICATI_TOKEN": token}
    script = page.get_by_label("With Python").inner_text()
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    line = page.get_by_label("With curl").inner_text()
    ran = subprocess.run(["sh", "-c", f"{line} -sS --fail"], env=environment, check=True, capture_output=True)
    assert ran.stdout == b"[]"
    page.get_by_role("button", name="I have kept it").click()
    page.reload()
    expect(page.get_by_text("<b>nightly</b>")).to_be_visible()
    assert token not in page.content()
    page.get_by_role("button", name="Revoke <b>nightly</b>").click()
    expect(page.get_by_text("There is no token.")).to_be_visible()
    again = subprocess.run([sys.executable, "-c", script], env=environment, check=False, capture_output=True)
    assert b"401" in again.stderr


def test_a_report_is_tested_before_it_is_saved(page: Page, server: ServerProcess) -> None:
    page.goto("/#/settings/notifications")
    page.get_by_role("button", name="Send a test report").click()
    expect(page.get_by_text("no kind has an address yet")).to_be_visible()
    with receiver() as (address, bodies):
        page.get_by_text("Reports by web request").click()
        page.get_by_label("Addresses to send a report to", exact=False).first.fill(address)
        page.get_by_role("button", name="Send a test report").click()
        expect(page.get_by_text("Reports by web request: sent.")).to_be_visible()
        assert len(bodies) == 1
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    with server.signed_in() as client:
        assert client.get("/api/v1/serversettings").json()["--send-http-url"] == address
    page.get_by_role("button", name="Send a test report").click()
    expect(page.get_by_text("Reports by web request: it was not sent.")).to_be_visible(timeout=20_000)


def test_the_limits_and_the_delay_are_numbers_with_a_unit(page: Page, server: ServerProcess) -> None:
    page.goto("/#/settings/running")
    page.get_by_label("Upload at most", exact=True).fill("500")
    page.get_by_label("Unit: Upload at most").select_option("kb")
    page.get_by_label("Wait after a start", exact=True).fill("5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    with server.signed_in() as client:
        found = client.get("/api/v1/serversettings").json()
    assert (found["max-upload-speed"], found["startup-delay"]) == ("500kb", "5m")
    page.get_by_label("Upload at most", exact=True).fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    with server.signed_in() as client:
        assert client.get("/api/v1/serversettings").json()["max-upload-speed"] == ""


def test_an_option_for_all_backups_is_found_set_and_taken_away(page: Page, server: ServerProcess) -> None:
    page.goto("/#/settings/options")
    page.get_by_label("Search by name or help").fill("number-of-retries")
    page.get_by_role("button", name="Add number-of-retries").click()
    field = page.get_by_label("number-of-retries", exact=True)
    expect(field).to_be_focused()
    field.fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    with server.signed_in() as client:
        assert client.get("/api/v1/serversettings").json()["--number-of-retries"] == "7"
    page.get_by_role("button", name="Remove number-of-retries").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    with server.signed_in() as client:
        assert "--number-of-retries" not in client.get("/api/v1/serversettings").json()


def test_a_new_password_counts_and_the_old_one_no_more(page: Page, console: Watch) -> None:
    page.goto("/#/settings/sign-in")
    page.get_by_label("New password").fill("short")
    expect(page.get_by_text("Easy to guess.")).to_be_visible()
    better = "seven lamps on the old pier"
    page.get_by_label("New password").fill(better)
    expect(page.get_by_text("Strong.")).to_be_visible()
    page.get_by_label("Once more").fill("something else")
    expect(page.get_by_text("The two are not the same.")).to_be_visible()
    expect(page.get_by_role("button", name="Change the password")).to_be_disabled()
    page.get_by_label("Once more").fill(better)
    page.get_by_role("button", name="Change the password").click()
    page.wait_for_url("**/login.html")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).not_to_be_empty()
    console.expect("401")
    sign_in(page, better)


def test_access_says_what_needs_a_restart(page: Page, server: ServerProcess) -> None:
    page.goto("/#/settings/access")
    expect(page.get_by_text("This connection is not encrypted.")).to_be_visible()
    page.get_by_label("Names of this server").fill("backup.example")
    page.get_by_label("Can be reached").select_option("any")
    expect(page.get_by_text("Restart the server after saving")).to_be_visible()
    expect(page.get_by_text("Choose a good password and turn HTTPS on")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    with server.signed_in() as client:
        found = client.get("/api/v1/serversettings").json()
    assert (found["server-listen-interface"], found["allowed-hostnames"]) == ("any", "backup.example")


def test_about_tells_versions_licences_and_the_data_folder(page: Page, tmp_path: Path) -> None:
    page.goto("/#/settings/about")
    expect(page.get_by_text(str(tmp_path / "data"))).to_be_visible()
    page.get_by_text("Licences").click()
    expect(page.get_by_role("region", name="Licences")).to_contain_text("MIT License")
    page.get_by_text("What has changed").click()
    expect(page.get_by_role("region", name="What has changed")).to_contain_text("Triplicati")
