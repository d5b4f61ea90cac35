"""Requests to a provider over HTTPS. Neither answers nor headers ever become part of a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec

from triplicati.config.secret_providers.provider import Provider
from triplicati.errors import SecretProviderError, SecretProviderExtraMissing

if TYPE_CHECKING:
    import httpx

_TIMEOUT = 30.0
# No outage, so that no cache steps in: whoever lost access has lost it.
_REFUSED = frozenset({400, 401, 403})
Answer = dict[str, object]


class Web:
    """Follows no redirect, for a token must not be handed on to another host."""

    def __init__(self, provider: Provider, client: httpx.Client) -> None:
        self._provider = provider
        self._client = client

    def get(
        self, url: str, headers: Mapping[str, str] | None = None, timeout: float = _TIMEOUT
    ) -> Answer | None:
        """The JSON object at `url`, None if there is nothing (404). Raises `SecretProviderError`."""
        return self._ask("GET", url, headers=dict(headers or {}), timeout=timeout)

    def post(
        self,
        url: str,
        *,
        json: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer | None:
        return self._ask("POST", url, headers=dict(headers or {}), json=json, data=form)

    def _ask(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        json: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        timeout: float = _TIMEOUT,
    ) -> Answer | None:
        import httpx  # noqa: PLC0415 - an extra

        try:
            answer = self._client.request(method, url, headers=headers, json=json, data=data, timeout=timeout)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise self._failed(_place(url), type(error).__name__) from None
        if answer.status_code == 404:
            return None
        if answer.status_code in _REFUSED:
            raise self._provider.unusable(f"was refused at {_place(url)} (status {answer.status_code})")
        if answer.status_code >= 300:
            raise self._failed(_place(url), f"status {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content, type=dict[str, object])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._failed(_place(url), "an answer that is no JSON object") from None

    def _failed(self, place: str, what: str) -> SecretProviderError:
        return SecretProviderError(provider=self._provider.scheme, reason=f"{place} gave {what}")


@contextmanager
def web(provider: Provider, extra: str) -> Iterator[Web]:
    """Raises `SecretProviderExtraMissing`."""
    try:
        import httpx  # noqa: PLC0415 - an extra, and slow to import
    except ImportError:
        raise SecretProviderExtraMissing(provider=provider.scheme, package="httpx", extra=extra) from None
    with httpx.Client(timeout=_TIMEOUT, follow_redirects=False) as client:
        yield Web(provider, client)


def path_part(text: str) -> str:
    """A name as one part of a path, whatever it holds."""
    return quote(text, safe="")


def text_at(answer: Answer | None, *names: str) -> str:
    """The text below these names, "" where there is none."""
    found: object = answer
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""


def _place(url: str) -> str:
    return url.partition("?")[0]
