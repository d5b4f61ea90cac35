"""``libsecret://?collection=...``: the keyring of a Linux desktop. The label of an entry is its key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from triplicati.config.secret_providers.provider import Provider, matching
from triplicati.errors import SecretProviderError, SecretProviderExtraMissing
from triplicati.values.secrets import Secret

if TYPE_CHECKING:
    from secretstorage import Collection

_SERVICE = "org.freedesktop.secrets"


def fetch(provider: Provider, keys: Sequence[str]) -> dict[str, Secret]:
    """Unlocks what is locked, for which the desktop may ask its user.

    ``collection`` is an alias (``default``) or the label of a keyring; it is never created, whatever
    ``no-auto-create-collection`` says, for nothing is stored.
    """
    if provider.text("service-name") not in ("", _SERVICE):
        raise provider.unusable(f"only the service {_SERVICE} is spoken to")
    try:
        import secretstorage  # noqa: PLC0415 - an extra
        from secretstorage.exceptions import SecretStorageException  # noqa: PLC0415
    except ImportError:
        raise SecretProviderExtraMissing(
            provider=provider.scheme, package="keyring", extra="secrets"
        ) from None
    wanted = set(keys) if provider.boolean("case-sensitive") else {key.lower() for key in keys}
    try:
        connection = secretstorage.dbus_init()
        try:
            collection = _labelled(provider, secretstorage.get_all_collections(connection))
            if collection is None:
                collection = secretstorage.get_collection_by_alias(connection, _name(provider))
            labels = _secrets(collection, wanted, case_sensitive=provider.boolean("case-sensitive"))
        finally:
            connection.close()
    except SecretStorageException as error:
        raise _failed(provider, error) from None
    except OSError as error:
        raise _failed(provider, error) from None
    return matching(labels, keys, case_sensitive=provider.boolean("case-sensitive"))


def _name(provider: Provider) -> str:
    return provider.text("collection").lower() or "default"


def _labelled(provider: Provider, collections: Iterator[Collection]) -> Collection | None:
    """The keyring of that label; None for the one that the desktop calls its default."""
    name = _name(provider)
    if name == "default":
        return None
    return next((each for each in collections if each.get_label().lower() == name), None)


def _secrets(collection: Collection, wanted: set[str], *, case_sensitive: bool) -> dict[str, str]:
    if collection.is_locked():
        collection.unlock()
    found: dict[str, str] = {}
    for item in collection.get_all_items():
        label = item.get_label()
        if (label if case_sensitive else label.lower()) in wanted:
            if item.is_locked():
                item.unlock()
            found.setdefault(label, item.get_secret().decode("utf-8", "surrogateescape"))
    return found


def _failed(provider: Provider, error: Exception) -> SecretProviderError:
    return SecretProviderError(
        provider=provider.scheme, reason=f"the keyring cannot be read ({type(error).__name__}: {error})"
    )
