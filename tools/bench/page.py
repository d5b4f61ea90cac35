"""The first view of the page in a real browser: python -m tools.bench.page [--rounds N] [--backups N]

A server of its own is started on a new data folder, with some saved backups. A round has a browser profile of
its own: it signs in, which leads to the page for the first time, and then loads the page again. What is
measured is printed as JSON, see `Report`.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec
from playwright.sync_api import Browser, Page, sync_playwright
from tools.bench.a_server import PASSWORD, server, signed_in

_LOOK = """() => {
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const sent = all.reduce((sum, each) => sum + each.transferSize, 0);
  return [paint.startTime, performance.now(), sent, all.length];
}"""


class View(msgspec.Struct):
    """Medians over the rounds. Milliseconds from the start of the navigation: to the first paint, and until
    the page had said how the backups stand. `kilobytes` (1000 bytes) and `requests` it took until then."""

    first_paint: float
    standing: float
    kilobytes: float
    requests: float


class Report(msgspec.Struct):
    backups: int
    rounds: int
    first: View
    again: View


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.page", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--backups", type=int, default=20)
    given = parser.parse_args(words)
    program = shutil.which("chromium")
    if program is None:
        sys.exit("chromium is not installed: apt-get install chromium")
    with (
        tempfile.TemporaryDirectory(prefix="triplicati-bench-") as folder,
        server(Path(folder)) as (url, _),
        sync_playwright() as playwright,
    ):
        _fill(url, given.backups)
        browser = playwright.chromium.launch(executable_path=program)
        rounds = [_round(browser, url) for _ in range(given.rounds)]
        browser.close()
    first, again = (_medians([each[at] for each in rounds]) for at in (0, 1))
    report = Report(given.backups, given.rounds, first, again)
    print(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())


def _fill(url: str, count: int) -> None:
    with signed_in(url) as client:
        for number in range(count):
            backup = {
                "Name": f"Backup {number}",
                "TargetURL": f"file:///nowhere/{number}",
                "Sources": ["/etc/"],
                "Settings": [{"Name": "no-encryption", "Value": "true"}],
                "Filters": [],
                "Tags": [],
            }
            client.post("/api/v1/backups", json={"Backup": backup, "Schedule": None}).raise_for_status()


def _round(browser: Browser, url: str) -> tuple[list[float], list[float]]:
    with browser.new_context(base_url=url, locale="en-GB") as context:
        page = context.new_page()
        page.goto("/login.html")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
        page.wait_for_url(lambda address: not address.endswith("/login.html"))
        first = _looked(page)
        page.reload()
        return first, _looked(page)


def _looked(page: Page) -> list[float]:
    page.locator(".backup").first.wait_for()
    found: list[float] = page.evaluate(_LOOK)
    return found


def _medians(rows: list[list[float]]) -> View:
    paint, standing, sent, requests = (median(column) for column in zip(*rows, strict=True))
    return View(round(paint), round(standing), round(sent / 1000), requests)


if __name__ == "__main__":
    main(sys.argv[1:])
