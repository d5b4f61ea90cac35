"""The packages that this program is made of, by what is installed (spec/server.md 3.14). Blocks."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import msgspec

from triplicati.messages.api_texts import LicenseText

_OWN = "triplicati"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LICENSE_FILE = re.compile(r"(?:licen[cs]e|copying|notice)[^/]*", re.IGNORECASE)
_LINKS = ("homepage", "source", "repository", "source code", "github")


def licenses() -> list[LicenseText]:
    """Of all that this program needs, by name."""
    found: dict[str, Distribution] = {}
    for requirement in _requirements():
        _add_needed(requirement, found)
    return [_license(each) for _, each in sorted(found.items())]


def acknowledgements() -> str:
    lines = [f"{each.title}: {each.license.splitlines()[0]}" for each in licenses() if each.license]
    head = "Triplicati writes the format of Duplicati, by Kenneth Skovhede and others. It is made with:"
    return "\n".join([head, "", *lines])


def _requirements() -> list[str]:
    """Those of this program; in a checkout, which is not installed, from its own file."""
    try:
        return distribution(_OWN).requires or []
    except PackageNotFoundError:
        project = Path(__file__).resolve().parents[3] / "pyproject.toml"
        found: list[str] = tomllib.loads(project.read_text("utf-8"))["project"]["dependencies"]
        return found


def _add_needed(requirement: str, found: dict[str, Distribution]) -> None:
    """The package and what it needs itself, unless only an extra needs it."""
    match = _NAME.match(requirement)
    if match is None or "extra ==" in requirement:
        return
    key = re.sub(r"[-_.]+", "-", match[0]).lower()
    if key in found:
        return
    try:
        found[key] = distribution(match[0])
    except PackageNotFoundError:
        return  # for another system
    for each in found[key].requires or ():
        _add_needed(each, found)


def _license(package: Distribution) -> LicenseText:
    fields = package.metadata
    kind = _field(package, "License-Expression") or _field(package, "License") or _classified(package)
    text = next(_texts(package), "")
    return LicenseText(
        title=f"{fields['Name']} {package.version}",
        url=_address(package),
        license=f"{kind}\n\n{text}" if text else kind,
        jsondata=msgspec.json.encode({"name": fields["Name"], "license": kind}).decode(),
    )


def _texts(package: Distribution) -> Iterator[str]:
    for each in package.files or ():
        if _LICENSE_FILE.fullmatch(each.name) and ".dist-info" in str(each):
            try:
                yield each.read_text("utf-8")
            except (OSError, UnicodeDecodeError):
                continue


def _address(package: Distribution) -> str:
    parts = (text.partition(",") for text in package.metadata.get_all("Project-URL") or ())
    links = {label.strip().lower(): url.strip() for label, _, url in parts}
    named = next((links[name] for name in _LINKS if name in links), "")
    return named or _field(package, "Home-page") or next(iter(links.values()), "")


def _classified(package: Distribution) -> str:
    marks = package.metadata.get_all("Classifier") or ()
    found = [each.rpartition("::")[2].strip() for each in marks if each.startswith("License ::")]
    return ", ".join(found)


def _field(package: Distribution, name: str) -> str:
    """The first line of a field, for some have a whole licence there; "" for none."""
    return next(iter(package.metadata.get_all(name) or ()), "").strip().split("\n")[0]
