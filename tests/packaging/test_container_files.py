"""The files for a container engine, which was not there to run them: they are held against the program."""

from __future__ import annotations

import json
import tomllib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from dockerfile_parse import DockerfileParser

from triplicati.control.parser import parse
from triplicati.options.server.parsing import parse_words
from triplicati.options.server.registry import SERVER_OPTIONS
from triplicati.service.options import stop_seconds

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "tools" / "container"
DATA = "/data"


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, str]]:
    """The instructions and their values."""
    parser = DockerfileParser(fileobj=BytesIO((PLACE / "Dockerfile").read_bytes()))
    return [(each["instruction"], each["value"]) for each in parser.structure]


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    document = yaml.safe_load((PLACE / "compose.yaml").read_text())
    assert document.keys() == {"services", "volumes"}
    found: dict[str, Any] = document["services"]["triplicati"]
    return found


def _last(steps: list[tuple[str, str]], instruction: str) -> str:
    return [value for name, value in steps if name == instruction][-1]


def _scripts() -> dict[str, str]:
    found: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    return found


def test_it_starts_a_program_that_exists_with_options_that_it_knows(steps: list[tuple[str, str]]) -> None:
    program, *words = json.loads(_last(steps, "ENTRYPOINT"))
    assert program in _scripts()
    options = parse_words(words)
    assert not options.others
    assert options.options.keys() <= SERVER_OPTIONS.keys()
    assert options.options["webservice-interface"] == "any"
    assert options.options["webservice-port"] == _last(steps, "EXPOSE")


def test_it_runs_as_nobody_special_on_the_volume(steps: list[tuple[str, str]]) -> None:
    assert _last(steps, "USER") == "triplicati"
    assert _last(steps, "VOLUME") == DATA
    assert f"DUPLICATI_DATA_FOLDER={DATA}" in _last(steps, "ENV").split()
    made = next(value for name, value in steps if name == "RUN" and "useradd" in value)
    assert f"--mode=0700 {DATA}" in made


def test_its_health_is_asked_for_by_a_command_that_exists(steps: list[tuple[str, str]]) -> None:
    program, *words = json.loads(_last(steps, "HEALTHCHECK").split("CMD", 1)[1])
    assert program in _scripts()
    assert parse(words, program).command.name == "health"


def test_what_the_build_needs_is_not_ignored(steps: list[tuple[str, str]]) -> None:
    assert ("COPY", ". /source") in steps
    ignored = (PLACE / "Dockerfile.dockerignore").read_text().split()
    kept = {line[1:] for line in ignored if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {path.split("/")[0] for path in (*wheel["packages"], *wheel["force-include"])}
    assert needed | {"pyproject.toml", project["project"]["readme"], "LICENSE"} == kept
    assert all((ROOT / each).exists() for each in kept)
    assert ignored[0] == "*"


def test_compose_builds_this_image_and_keeps_its_data(service: dict[str, Any]) -> None:
    context = (PLACE / service["build"]["context"]).resolve()
    assert context == ROOT
    assert (context / service["build"]["dockerfile"]).is_file()
    assert [each for each in service["volumes"] if each.endswith(f":{DATA}")] == [f"data:{DATA}"]
    assert service["init"] is True


def test_compose_shows_the_page_to_this_computer_alone(
    service: dict[str, Any], steps: list[tuple[str, str]]
) -> None:
    port = _last(steps, "EXPOSE")
    assert service["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_compose_waits_for_the_end_of_the_server(service: dict[str, Any]) -> None:
    assert int(service["stop_grace_period"].removesuffix("s")) > stop_seconds({})


def test_compose_uses_only_what_the_compose_specification_knows(service: dict[str, Any]) -> None:
    known = {
        "build", "image", "user", "init", "restart", "stop_grace_period", "security_opt", "ports",
        "environment", "volumes",
    }  # fmt: skip
    assert service.keys() <= known
    assert service["restart"] in {"no", "always", "on-failure", "unless-stopped"}
