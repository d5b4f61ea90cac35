"""No answer of any route holds a secret that was stored."""

from __future__ import annotations

from pathlib import Path

import msgspec
from support.daemons import a_backup
from support.web_daemon import a_web_daemon

from triplicati.messages.saved import TargetUrl
from triplicati_web.api import API_ROUTES

CANARY = "canary-7f3a"


async def test_no_answer_holds_a_stored_secret(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        store = web.daemon.store
        url = f"ftp://me:{CANARY}-1@127.0.0.1:1/x?auth-password={CANARY}-2"
        backup = msgspec.structs.replace(
            a_backup(
                tmp_path,
                number_of_retries="0",
                passphrase=f"{CANARY}-3",
                send_mail_password=f"{CANARY}-4",
            ),
            target_url=url,
            targets=(TargetUrl("one", url, options={"auth-password": f"{CANARY}-5"}),),
        )
        number = await store.add_backup(backup)
        shared = await store.add_connection_string("Shared", url)
        await store.set_application_options({"--passphrase": f"{CANARY}-6", "--auth-password": f"{CANARY}-7"})
        await store.set_settings(
            {
                "server-ssl-certificate-password": f"{CANARY}-8",
                "additional-report-url": f"https://x/?auth-password={CANARY}-9",
                "client-license-key": f"{CANARY}-10",
            }
        )
        asked = 0
        for route in API_ROUTES:
            if route.method != "GET" or route.waits:
                continue
            path = route.path.replace("{id}", str(shared) if "connection" in route.path else number)
            path = path.replace("{scheme}", "default").replace("{key}", "client-license-key")
            path = path.replace("{path:path}", "x")
            answer = await web.client.get(path)
            assert answer.status_code < 500 or answer.status_code in (501, 502, 503), f"{path} {answer.text}"
            assert CANARY not in answer.text, path
            asked += answer.status_code == 200
        assert asked > 25
