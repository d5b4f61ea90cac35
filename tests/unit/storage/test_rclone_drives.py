"""Which drive of Microsoft's is meant, asked at a stand-in for its interface."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote

import pytest

from triplicati.errors import DestinationError, DestinationOptionMissing, DestinationSignInRefused
from triplicati.storage.http.server import Endpoint
from triplicati.storage.kind_options import KindOptions
from triplicati.storage.rclone.clouds import BY_SCHEME
from triplicati.storage.rclone.drives import drive_of
from triplicati.values.urls import parse_url

_GROUP = "/v1.0/groups?$filter=mail eq 'us@there'"
_DRIVE = {"id": "b!1", "driveType": "business"}


@contextmanager
def graph(answers: dict[str, object], status: int = 200) -> Iterator[Endpoint]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers["Authorization"] == "Bearer the-token"
            body = json.dumps(answers[unquote(self.path)]).encode()
            self.send_response(status if known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield Endpoint("127.0.0.1", server.server_port)
        finally:
            server.shutdown()
            thread.join()


def given(url: str) -> KindOptions:
    address = parse_url(url)
    return KindOptions(address, {}, BY_SCHEME[address.scheme].options)


@pytest.mark.parametrize(
    ("url", "answers"),
    [
        ("onedrivev2://f", {"/v1.0/me/drive": _DRIVE}),
        ("onedrivev2://f?drive-id=b%212", {"/v1.0/drives/b!2": _DRIVE}),
        ("sharepoint://f?site-id=us.sharepoint.com,1,2", {"/v1.0/sites/us.sharepoint.com,1,2/drive": _DRIVE}),
        ("msgroup://f?group-id=g", {"/v1.0/groups/g/drive": _DRIVE}),
        (
            "msgroup://f?group-email=us%40there",
            {_GROUP: {"value": [{"id": "g"}]}, "/v1.0/groups/g/drive": _DRIVE},
        ),
    ],
)
async def test_the_drive_of_an_address(url: str, answers: dict[str, object]) -> None:
    with graph(answers) as endpoint:
        found = await drive_of(given(url), "the-token", endpoint)
    assert found == {"drive_id": "b!1", "drive_type": "business"}


async def test_a_group_must_be_one() -> None:
    with graph({_GROUP: {"value": []}}) as endpoint, pytest.raises(DestinationError, match="0 groups"):
        await drive_of(given("msgroup://f?group-email=us%40there"), "the-token", endpoint)
    with pytest.raises(DestinationOptionMissing, match="group-id or --group-email"):
        await drive_of(given("msgroup://f"), "the-token")


async def test_a_refusal_says_why() -> None:
    said = {"error": {"message": "No more of this"}}
    refused = pytest.raises(DestinationSignInRefused, match="No more of this")
    with graph({"/v1.0/me/drive": said}) as endpoint, refused as caught:
        await drive_of(given("onedrivev2://f"), "another-token", endpoint)
    assert "another-token" not in str(caught.value)
    with graph({"/v1.0/me/drive": said}, 500) as endpoint, pytest.raises(DestinationError, match="500"):
        await drive_of(given("onedrivev2://f"), "the-token", endpoint)
