"""Environment variables that stand in for options (spec/cli.md 2.6)."""

from __future__ import annotations

from collections.abc import Mapping

VARIABLES = {
    "auth-username": "AUTH_USERNAME",
    "auth-password": "AUTH_PASSWORD",
    "aes-version": "DUPLICATI__AES_VERSION",
    "aes-v3-iterations": "DUPLICATI__AES_V3_ITERATIONS",
    "aes-minimal-header": "DUPLICATI__AES_MINIMAL_HEADER",
}


def with_environment(
    options: Mapping[str, str | None], environment: Mapping[str, str]
) -> dict[str, str | None]:
    """The options, and those that are not among them from the environment, where it is not empty.

    The passphrase is not among them: it is asked for where it is used, and never becomes an option.
    """
    found = {name: environment[variable] for name, variable in VARIABLES.items() if environment.get(variable)}
    return {**found, **options}
