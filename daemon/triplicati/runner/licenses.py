"""The packages that this program is made of, by what is installed (spec/server.md 3.14). Blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import msgspec

from triplicati.messages.api_texts import LicenseText

_OWN = "triplicati"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LICENSE_FILE = re.compile(r"(?:licen[cs]e|copying|notice)[^/]*", re.IGNORECASE)
_LINKS = ("homepage", "source", "repository", "source code", "github")


def licenses() -> list[LicenseText]:
    """This program first, then all that it needs, by name."""
    packages = sorted(_needed(_OWN, {}).items())
    return [_license(each) for _, each in sorted(packages, key=lambda pair: pair[0] != _OWN)]


def acknowledgements() -> str:
    lines = [f"{each.title}: {each.license.splitlines()[0]}" for each in licenses() if each.license]
    head = "Triplicati writes the format of Duplicati, by Kenneth Skovhede and others. It is made with:"
    return "\n".join([head, "", *lines])


def _needed(name: str, found: dict[str, Distribution]) -> dict[str, Distribution]:
    """What is required without an extra, and what that requires."""
    key = re.sub(r"[-_.]+", "-", name).lower()
    if key in found:
        return found
    try:
        package = distribution(name)
    except PackageNotFoundError:
        return found  # for another system, or this is a checkout
    found[key] = package
    for requirement in package.requires or ():
        match = _NAME.match(requirement)
        if match is not None and "extra ==" not in requirement:
            _needed(match[0], found)
    return found


def _license(package: Distribution) -> LicenseText:
    fields = package.metadata
    kind = fields.get("License-Expression") or _first_line(fields.get("License")) or _classified(package)
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
    links = dict(
        (label.strip().lower(), url.strip())
        for text in package.metadata.get_all("Project-URL") or ()
        for label, _, url in [text.partition(",")]
    )
    named = next((links[name] for name in _LINKS if name in links), "")
    return named or package.metadata.get("Home-page") or next(iter(links.values()), "")


def _classified(package: Distribution) -> str:
    marks = package.metadata.get_all("Classifier") or ()
    found = [each.rpartition("::")[2].strip() for each in marks if each.startswith("License ::")]
    return ", ".join(found)


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n")[0]
