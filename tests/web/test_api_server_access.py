"""How the server is reached, over the API: its certificate, the authority behind it, its data folder."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from support.web_daemon import a_web_daemon

from triplicati.config.server_certificates import configured

_ACCESS, _AUTHORITY = "/api/v2/server/access", "/api/v2/server/authority"


async def test_a_server_without_a_certificate_says_so(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        found = (await web.get(_ACCESS))["Data"]
        assert found == {"Certificate": None, "HasAuthority": False, "DataFolder": str(tmp_path / "data")}
        answer = await web.get(_AUTHORITY)
        assert (answer["Success"], answer["StatusCode"]) == (False, "TextNotFound")


async def test_the_authority_of_its_own_certificate_is_told_without_its_key(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        now = web.daemon.clock.now()
        await web.daemon.store.set_settings(configured({}, ["backup.example"], "computer", now))
        found = (await web.get(_ACCESS))["Data"]
        assert (found["HasAuthority"], found["Certificate"]["Own"]) == (True, True)
        assert "backup.example" in found["Certificate"]["Names"]
        answer = await web.client.get(_AUTHORITY)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="triplicati-authority.pem"'
        authority = x509.load_pem_x509_certificate(answer.content)
        assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        assert b"PRIVATE" not in answer.content
