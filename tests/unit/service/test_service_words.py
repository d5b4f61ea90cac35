"""What duplicati-service keeps for itself, passes on, and hides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triplicati.errors import UsageError
from triplicati.options.server.registry import SERVER_OPTIONS
from triplicati.service.options import Patience, is_secret, service_words

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=6)


def test_nothing_said_gives_what_the_help_says() -> None:
    words = service_words([], {})
    assert words.patience == Patience()
    assert words.server == ()


def test_options_of_its_own_stay() -> None:
    words = service_words(["--ping-interval=2m", "--ping-tries=3", "--webservice-port=8300"], {})
    assert (words.patience.ping_interval, words.patience.ping_tries) == (120.0, 3)
    assert words.server == ("--webservice-port=8300",)


def test_they_come_from_the_environment_too_and_the_command_line_goes_first() -> None:
    environment = {"DUPLICATI__PING_TIMEOUT": "7s", "DUPLICATI__RESTART_DELAY": "8s"}
    patience = service_words(["--restart-delay=9s"], environment).patience
    assert (patience.ping_timeout, patience.restart_delay) == (7.0, 9.0)


@pytest.mark.parametrize(
    ("argv", "environment", "seconds"),
    [
        (["--grace-period=1m"], {}, 67.0),
        ([], {"DUPLICATI__GRACE_PERIOD": "20s"}, 27.0),
        (["--grace-period=1m", "--stop-timeout=5s"], {}, 5.0),
    ],
)
def test_the_server_has_its_grace_period_to_end(
    argv: list[str], environment: dict[str, str], seconds: float
) -> None:
    assert service_words(argv, environment).patience.stop_timeout == seconds


@given(_TEXT, st.sampled_from([name for name in SERVER_OPTIONS if is_secret(name)]))
def test_no_secret_is_among_the_words_for_the_server(secret: str, name: str) -> None:
    words = service_words([f"--{name}={secret}", f"--no-such-option={secret}", secret], {})
    assert not any(secret in word for word in words.server)
    assert secret not in repr(words)


def test_secrets_go_by_the_variables_that_the_server_reads() -> None:
    words = service_words(["--webservice-password=a b", '--settings-encryption-key="k"'], {})
    assert words.secrets == {
        "DUPLICATI__WEBSERVICE_PASSWORD": "a b",
        "DUPLICATI__SETTINGS_ENCRYPTION_KEY": "k",
    }


def test_the_keepalive_cannot_be_turned_off() -> None:
    assert service_words(["--ping-pong-keepalive=false"], {}).server == ()


def test_words_that_are_no_options_are_counted() -> None:
    assert service_words(["--webservice-password", "open sesame"], {}).ignored == 1


def test_a_wrong_length_of_time_is_refused() -> None:
    with pytest.raises(UsageError, match="--ping-interval"):
        service_words(["--ping-interval=soon"], {})
