"""What an administrator allows to be used at all (spec/cli.md 2.4)."""

from __future__ import annotations

from triplicati.errors import ModuleNotAllowed
from triplicati.options.option_values import OptionValues
from triplicati.values.urls import DestinationUrl


def check_allowed(values: OptionValues, url: DestinationUrl, encryption: str) -> None:
    """Raises `ModuleNotAllowed` for a destination, encryption or compression that is not on its list.

    `encryption` is "aes", "gpg", or "" and "none" for none, which needs no module. An empty list allows all.
    """
    _check(values, "allowed-backend-modules", "destination type", url.scheme)
    if encryption not in ("", "none"):
        _check(values, "allowed-encryption-modules", "encryption", encryption)
    compression = values.choice("compression-module") or "zip"
    _check(values, "allowed-compression-modules", "compression", compression)


def _check(values: OptionValues, option: str, kind: str, module: str) -> None:
    allowed = [part.strip() for part in (values.text(option) or "").split(",") if part.strip()]
    # The scheme "webdavs" is the module "webdav".
    names = {module.lower(), module.lower().removesuffix("s")}
    if allowed and names.isdisjoint(each.lower() for each in allowed):
        raise ModuleNotAllowed(kind=kind, module=module, option=option, allowed=", ".join(allowed))
