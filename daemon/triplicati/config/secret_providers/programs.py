"""Programs that print a secret. What they print is never shown, and no secret is ever an argument."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

import msgspec

from triplicati.config.secret_providers.provider import Provider
from triplicati.errors import SecretProviderError

# Somebody may have to type a passphrase or touch a token meanwhile.
_LONGEST = 180


class Printed(msgspec.Struct, frozen=True):
    code: int
    out: str
    errors: str

    def __repr__(self) -> str:
        return f"Printed(code={self.code})"


def run(provider: Provider, words: Sequence[str], *, errors_too: bool = False) -> Printed:
    """Runs a program to its end; `errors_too` takes its standard error, which else goes to ours.

    Raises `SecretProviderError` when it cannot be started, does not end, or prints what is no text.
    """
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if errors_too else None,
            env={**provider.environment, "LC_ALL": "C.UTF-8"},
            timeout=_LONGEST,
            check=False,
        )
        return Printed(
            done.returncode, done.stdout.decode(), (done.stderr or b"").decode("utf-8", "replace")
        )
    except FileNotFoundError:
        reason = f'the program "{words[0]}" was not found'
    except OSError as error:
        reason = f'the program "{words[0]}" cannot be started: {error.strerror}'
    except subprocess.TimeoutExpired:
        reason = f'the program "{words[0]}" did not end within {_LONGEST} seconds'
    except UnicodeDecodeError:
        reason = f'the program "{words[0]}" printed something that is no text'
    raise SecretProviderError(provider=provider.scheme, reason=reason)


def refuse_switches(provider: Provider, keys: Sequence[str]) -> None:
    """A key is an argument of the program, which must not take it for a switch."""
    for key in keys:
        if key.startswith("-"):
            reason = f'the key "{key}" starts with a hyphen'
            raise SecretProviderError(provider=provider.scheme, reason=reason)
