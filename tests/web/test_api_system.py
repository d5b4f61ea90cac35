"""systeminfo and its slices over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.web_daemon import a_web_daemon

from triplicati.runner.works import NOT_AVAILABLE
from triplicati_web.live.services import SERVICES
from triplicati_web.routing import Call, Route
from triplicati_web.v1.system import api_extensions

# What ngclient reads of it.
NEEDED = """
    APIVersion PasswordPlaceholder ServerVersion ServerVersionName ServerVersionType StartedBy
    DefaultUpdateChannel ServerTime ServerTimeZone OSType DirectorySeparator CaseSensitiveFilesystem
    PackageTypeId UserName Options CompressionModules EncryptionModules BackendModules GenericModules
    WebModules ConnectionModules SourceProviderModules RestoreDestinationProviderModules LogLevels
    SpecialFolders BrowserLocale SupportedLocales TimeZones APIExtensions DefaultOAuthURLv2
"""


@pytest.fixture
async def info(tmp_path: Path) -> dict[str, Any]:
    async with a_web_daemon(tmp_path / "data", zone="Europe/Berlin") as web:
        found: dict[str, Any] = await web.get("systeminfo")
        return found


async def test_system_info_has_what_pages_need(info: dict[str, Any]) -> None:
    assert set(NEEDED.split()) <= info.keys()
    assert info["PasswordPlaceholder"] == "*" * 15
    assert info["ServerVersion"].count(".") == 3
    assert info["ServerVersion"].startswith("2.")
    assert info["ServerVersionName"].startswith("Triplicati ")
    assert info["ServerTimeZone"] == "Europe/Berlin"
    assert info["APIScopes"] == ["*"]
    assert info["LocalLicenseStatus"]["IsValid"] is False


async def test_options_are_told_with_their_kind(info: dict[str, Any]) -> None:
    options = {each["Name"]: each for each in info["Options"]}
    assert options["dblock-size"]["Type"] == "Size"
    assert options["dblock-size"]["DefaultValue"]
    assert options["passphrase"]["Type"] == "Password"
    kinds = {each["Type"] for each in info["Options"]}
    assert "Enumeration" in kinds
    assert "Enum" not in kinds
    assert options["symlink-policy"]["ValidValues"] == ["Store", "Follow", "Ignore"]


async def test_options_that_do_not_work_are_not_offered(info: dict[str, Any]) -> None:
    from triplicati.options.registry import REGISTRY

    groups = [info[name] for name in info if name.endswith("Modules")]
    offered = {each["Name"] for each in info["Options"]}
    offered |= {option["Name"] for group in groups for module in group for option in module["Options"]}
    idle = {option.name for option in REGISTRY.values() if option.state != "works"}
    assert idle
    assert not offered & idle


async def test_modules_are_those_that_are_built(info: dict[str, Any]) -> None:
    assert [each["Key"] for each in info["EncryptionModules"]] == ["aes", "gpg"]
    assert [each["Key"] for each in info["CompressionModules"]] == ["zip"]
    assert "file" in [each["Key"] for each in info["BackendModules"]]
    assert {"sendmail", "runscript"} <= {each["Key"] for each in info["GenericModules"]}
    assert all(each["DisplayName"] and each["Description"] for each in info["GenericModules"])


async def test_time_zones_have_offsets(info: dict[str, Any]) -> None:
    zones = {each["ID"]: each for each in info["TimeZones"]}
    assert zones["UTC"]["CurrentUTCOffset"] == "00:00:00"
    assert zones["Asia/Kolkata"] == {
        "ID": "Asia/Kolkata",
        "DisplayName": "(UTC+05:30) Asia/Kolkata",
        "CurrentUTCOffset": "05:30:00",
    }
    assert zones["America/Phoenix"]["CurrentUTCOffset"] == "-07:00:00"


async def test_slices_and_filter_groups(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        assert [each["Key"] for each in await web.get("encryptionmodules")] == ["aes", "gpg"]
        assert [each["Key"] for each in await web.get("compressionmodules")] == ["zip"]
        assert "file" in [each["Key"] for each in await web.get("backendmodules")]
        groups = (await web.get("systeminfo/filtergroups"))["FilterGroups"]
        assert await web.get("filters") == {"FilterGroups": groups}
    assert groups["SystemFiles"] == groups["Sys"]
    assert set(groups["SystemFiles"]) <= set(groups["DefaultExcludes"])
    assert groups["DefaultIncludes"] == []


async def test_a_user_can_turn_extensions_off(tmp_path: Path) -> None:
    async with a_web_daemon(tmp_path / "data") as web:
        before = (await web.get("systeminfo"))["APIExtensions"]
        # Without the first two, Duplicati's page asks again and again instead of listening.
        assert {"v1:websocket", "v1:websocket:authenticate"} < set(before)
        told = {each.removeprefix("v1:subscribe:") for each in before if each.startswith("v1:subscribe:")}
        assert told == set(SERVICES) - {"scheduler"}
        await web.put("serversettings", {"disable-api-extensions": f"{before[0].upper()}, other"})
        assert (await web.get("systeminfo"))["APIExtensions"] == before[1:]


def test_extensions_follow_the_route_table(monkeypatch: pytest.MonkeyPatch) -> None:
    async def handler(call: Call) -> None:
        pass

    missing = "Invented"
    monkeypatch.setitem(NOT_AVAILABLE, missing, "something to come")
    routes = (
        Route("POST", "/api/v2/destination/test", handler, "", ""),
        Route("POST", "/api/v2/backup/delete-versions", handler, "", "", available=missing),
    )
    assert api_extensions(routes, [], []) == ["v2:destination:test"]
    assert "v1:websocket" in api_extensions(routes, ["/notifications"], [])
