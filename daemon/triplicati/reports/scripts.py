"""Script hooks before an operation, after the upload of a backup, and at the end (spec/cli.md 5.4).

Scripts get every option, secrets included, in their environment, and nobody else does.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from triplicati.engine.temporary import prefix
from triplicati.errors import RequiredScriptFailed, ScriptUnusable, disk_error
from triplicati.messages.progress import Report
from triplicati.options.option_values import OptionValues
from triplicati.reports.finished import Finished, Operation
from triplicati.reports.result_forms import report_json, report_text
from triplicati.reports.run_script import ScriptEnd, command_of, run_script
from triplicati.reports.script_lines import Said, parse_output, pass_on

EventName = Literal["BEFORE", "POST-BACKUP", "AFTER"]
_TIMEOUT = "the script {script} did not end in time and was left running"


class Hooks(msgspec.Struct, frozen=True):
    """The scripts of a run, "" for none. `seconds` None waits for ever."""

    before_required: str = ""
    before: str = ""
    post_backup: str = ""
    after: str = ""
    seconds: float | None = 60.0
    with_arguments: bool = False
    json: bool = False


class Beginning(msgspec.Struct):
    """What the scripts before an operation made of it. `runs` False: it is not to be done, `failed` tells
    whether that is a success."""

    runs: bool
    said: Said


def hooks_of(values: OptionValues) -> Hooks:
    """Raises `InvalidValue` for a timeout that is none."""
    seconds = values.timespan("run-script-timeout").total_seconds()
    return Hooks(
        before_required=values.text("run-script-before-required") or "",
        before=values.text("run-script-before") or "",
        post_backup=values.text("run-script-post-backup") or "",
        after=values.text("run-script-after") or "",
        seconds=seconds if seconds > 0 else None,
        with_arguments=values.boolean("run-script-with-arguments"),
        json=values.choice("run-script-result-output-format") == "Json",
    )


async def before(
    hooks: Hooks, operation: Operation, environment: Mapping[str, str], report: Report
) -> Beginning:
    """Runs the scripts that come first. Raises `RequiredScriptFailed` when the one that has to succeed does
    not."""
    surroundings = _surroundings(operation, environment, "BEFORE")
    beginning = Beginning(True, Said())
    if hooks.before_required:
        end = await _run(hooks, hooks.before_required, surroundings, report, beginning.said)
        if end is None or end.code != 0:
            how = "could not be started" if end is None else _how(end)
            raise RequiredScriptFailed(script=hooks.before_required, how=how)
    if hooks.before:
        end = await _run(hooks, hooks.before, surroundings, report, beginning.said)
        if end is not None:
            beginning.runs = _judge_before(hooks.before, end, report)
    return beginning


async def after(
    hooks: Hooks,
    finished: Finished,
    environment: Mapping[str, str],
    report: Report,
    event: EventName = "AFTER",
) -> None:
    """Runs the script for the end, or that of a backup whose upload is done."""
    script = hooks.after if event == "AFTER" else hooks.post_backup
    if not script:
        return
    try:
        end = await _run_with_result(hooks, script, finished, environment, report, event)
    except OSError as error:  # a full disk must not make a failure of what has succeeded
        text = f"The result for the script {script} cannot be written: {error.strerror or error}."
        report.warning("ScriptExecuteError", f"{text} The script was not run.")
        return
    if end is None:
        return
    if end.code is None:
        report.warning("ScriptTimeout", _TIMEOUT.format(script=script))
    elif end.code in (2, 3):
        report.warning("InvalidExitCode", _complaint(script, end))
    elif end.code not in (0, 1):
        report.error("InvalidExitCode", _complaint(script, end))


async def _run_with_result(
    hooks: Hooks,
    script: str,
    finished: Finished,
    environment: Mapping[str, str],
    report: Report,
    event: EventName,
) -> ScriptEnd | None:
    text = report_json(finished, finished.facts) if hooks.json else report_text(finished)
    with _result_file(text) as path:
        surroundings = {
            **_surroundings(finished.operation, environment, event),
            "DUPLICATI__RESULTFILE": str(path),
            "DUPLICATI__PARSED_RESULT": finished.parsed,
        }
        return await _run(hooks, script, surroundings, report, Said())


async def _run(
    hooks: Hooks, script: str, surroundings: Mapping[str, str], report: Report, said: Said
) -> ScriptEnd | None:
    """None when it could not be started, which is a warning."""
    try:
        command = command_of(script, with_arguments=hooks.with_arguments)
        end = await run_script(command, surroundings, hooks.seconds)
    except ScriptUnusable as error:
        report.warning("ScriptExecuteError", str(error))
        return None
    except OSError as error:
        place = disk_error(error, "the temporary files")
        report.warning("ScriptExecuteError", f"The script {script} was not run: {place}")
        return None
    here = parse_output(end.lines)
    pass_on(here, report)
    said.options.update(here.options)
    said.changes.update(here.changes)
    # The text of a failure stands in the complaint about it.
    if end.errors and (end.code is None or end.code in (0, 1)):
        report.warning("StdErrorNotEmpty", f"The script {script} said on standard error: {end.errors}")
    return end


def _judge_before(script: str, end: ScriptEnd, report: Report) -> bool:
    """Whether the operation is to be done: 0, 2, 4 and a timeout run it; 2, 3 warn; 4, 5 and more are
    errors."""
    if end.code is None:
        report.warning("ScriptTimeout", _TIMEOUT.format(script=script))
        return True
    if end.code in (2, 3):
        report.warning("InvalidExitCode", _complaint(script, end))
    elif end.code not in (0, 1):
        report.error("InvalidExitCode", _complaint(script, end))
    return end.code in (0, 2, 4)


def _how(end: ScriptEnd) -> str:
    if end.code is None:
        return "did not end in time"
    return f"ended with code {end.code}" + (f" ({end.errors})" if end.errors else "")


def _complaint(script: str, end: ScriptEnd) -> str:
    return f"The script {script} {_how(end)}"


def _surroundings(operation: Operation, environment: Mapping[str, str], event: EventName) -> dict[str, str]:
    """Letter case of option names is kept: ``DUPLICATI__dblock_size``."""
    options = {
        f"DUPLICATI__{name.replace('-', '_')}": value or "" for name, value in operation.options.items()
    }
    special = {
        "DUPLICATI__backup_name": operation.options.get("backup-name") or "",
        "DUPLICATI__main_action": operation.name,
        "DUPLICATI__EVENTNAME": event,
        "DUPLICATI__OPERATIONNAME": operation.name,
        "DUPLICATI__REMOTEURL": operation.url,
        "DUPLICATI__LOCALPATH": os.pathsep.join(operation.sources),
        **({"DUPLICATI__filter": operation.filters} if operation.filters else {}),
    }
    # A value with a zero byte cannot be an environment variable.
    return {
        **environment,
        **{name: value for name, value in {**options, **special}.items() if "\0" not in name + value},
    }


@contextmanager
def _result_file(text: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=prefix()) as folder:
        path = Path(folder) / "result.txt"
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        path.chmod(0o600)
        yield path
