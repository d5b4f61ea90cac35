"""What the doctor says of the tray's needs."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest
from support.desktop_session import session_bus
from support.patients import a_patient, levels, only
from support.session_bus import service_on

from triplicati.doctor.patient import Patient
from triplicati.doctor.tray import tray

NOTIFICATIONS = "org.freedesktop.Notifications"


@pytest.fixture
async def patient(tmp_path: Path) -> Patient:
    """At a desktop, with all packages, but without a bus."""
    patient = await a_patient(tmp_path)
    patient.environment = {**patient.environment, "DISPLAY": ":99"}
    bindings = patient.root / "usr/lib/python3/dist-packages/gi"
    bindings.mkdir(parents=True)
    (bindings / f"_gi{sysconfig.get_config_var('EXT_SUFFIX')}").write_text("")
    typelibs = patient.root / "usr/lib/x86_64-linux-gnu/girepository-1.0"
    typelibs.mkdir(parents=True)
    for name in ("Gtk-3.0", "AyatanaAppIndicator3-0.1"):
        (typelibs / f"{name}.typelib").write_text("")
    return patient


async def test_all_is_well(patient: Patient, tmp_path: Path) -> None:
    with session_bus(tmp_path) as address, service_on(address, NOTIFICATIONS, lambda *_: None):
        patient.environment = {**patient.environment, "DBUS_SESSION_BUS_ADDRESS": address}
        assert levels(await tray(patient)) == ["good"]


async def test_no_desktop(patient: Patient) -> None:
    patient.environment = {name: text for name, text in patient.environment.items() if name != "DISPLAY"}
    assert "does not need one" in only(await tray(patient), "note").text


async def test_no_bus(patient: Patient) -> None:
    found = only(await tray(patient), "warning")
    assert "no session bus" in found.text
    assert "--autostart=on" in found.advice


async def test_a_bus_that_nobody_answers_on(patient: Patient, tmp_path: Path) -> None:
    gone = f"unix:path={tmp_path / 'gone'}"
    patient.environment = {**patient.environment, "DBUS_SESSION_BUS_ADDRESS": gone}
    found = only(await tray(patient), "warning")
    assert "Nothing on this desktop shows notifications" in found.text
    assert "apt-get install" in found.advice


async def test_no_bindings(patient: Patient) -> None:
    (gi,) = (patient.root / "usr/lib/python3/dist-packages/gi").iterdir()
    other = gi.rename(gi.with_name("_gi.cpython-399-x86_64-linux-gnu.so"))
    found = [each for each in await tray(patient) if "No icon can be shown" in each.text]
    assert "3.99" in found[0].text
    other.unlink()
    found = [each for each in await tray(patient) if "No icon can be shown" in each.text]
    assert f"{sys.version_info.major}." not in found[0].text
    assert "python3-gi" in found[0].advice


@pytest.mark.parametrize(
    ("name", "package"),
    [("Gtk-3.0", "gir1.2-gtk-3.0"), ("AyatanaAppIndicator3-0.1", "gir1.2-ayatanaappindicator3-0.1")],
)
async def test_a_package_is_missing(patient: Patient, name: str, package: str) -> None:
    (typelib,) = patient.root.glob(f"usr/lib/*/girepository-1.0/{name}.typelib")
    typelib.unlink()
    found = [each for each in await tray(patient) if "No icon can be shown" in each.text]
    assert f"{package} is not installed" in found[0].text
    assert found[0].advice == f"Install it: sudo apt-get install {package}"
