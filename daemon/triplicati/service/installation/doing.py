"""Carries a plan out, and tells what was done."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from triplicati.config.datafolder import MARKER, DataFolder, create, data_folder
from triplicati.config.instance_lock import is_running
from triplicati.errors import NoLocalServer, TriplicatiError, UsageError
from triplicati.options.option_values import OptionValues
from triplicati.options.server.registry import SERVER_OPTIONS
from triplicati.service.installation import files, system
from triplicati.service.installation.plan import Plan, Wanted
from triplicati.service.installation.wanting import usual_folder

Say = Callable[[str], None]
_SYSTEMS = {"darwin": "macOS", "win32": "Windows"}
_RUNNING, _NOT_RUNNING, _NOT_INSTALLED = 0, 3, 4


def planned(wanted: Wanted) -> Plan:
    """Raises `UsageError` for what a service of this system cannot have."""
    if wanted.system == "darwin":
        from triplicati.service.installation.launchd import launchd_plan  # noqa: PLC0415

        return launchd_plan(wanted)
    if wanted.system == "win32":
        from triplicati.service.installation.windows import windows_plan  # noqa: PLC0415

        return windows_plan(wanted)
    from triplicati.service.installation.systemd import systemd_plan  # noqa: PLC0415

    return systemd_plan(wanted)


def install(wanted: Wanted, *, start: bool, dry: bool, force: bool, say: Say) -> int:
    """The exit code. Raises what writing and the service manager raise."""
    plan = planned(wanted)
    _check_same_folder(wanted, Path(plan.files[0].path))
    if dry:
        _show(plan, (*plan.load, *(plan.start if start else ())), say)
        _tell_notes(wanted, plan, say)
        return 0
    for each in plan.files:
        files.check_replaceable(Path(each.path), force=force)
    if wanted.system != "linux":
        create(DataFolder(Path(wanted.folder)))  # their logs are in it before the server is there to make it
    done = [files.write(each, force=force) for each in plan.files]
    for each, what in zip(plan.files, done, strict=True):
        say(f"{what}: {each.path}")
    secrets = Path(plan.files[0].path).with_suffix(".env")
    if len(plan.files) == 1 and wanted.system == "linux" and files.content_of(secrets) is not None:
        say(f"left, and still in use: {secrets}, with the passwords and keys of before")
    say(f"data folder: {wanted.folder}")
    _tell_notes(wanted, plan, say)
    commands = (*plan.load, *(plan.start if start else ()))
    if not _can_run(commands):
        say("The service manager does not run here. Where it does, run:")
        for words in commands:
            say(f"  {shlex.join(words)}")
        return 0
    runs = is_running(Path(wanted.folder))
    for words in commands:
        system.tell(words)
    if start:
        say("It is started, and starts with the system." if not wanted.user else "It is started.")
        if runs and "written" in done:
            say(f"What has changed counts from its next start on. Now: {_restart(wanted)}")
    else:
        say(f"To start it: {'; '.join(shlex.join(words) for words in plan.start)}")
    return 0


def uninstall(wanted: Wanted, *, dry: bool, force: bool, say: Say) -> int:
    """The exit code. Raises what removing and the service manager raise."""
    plan = planned(wanted)
    paths = [Path(each.path) for each in plan.files]
    if wanted.system == "linux":
        paths = [paths[0], paths[0].with_suffix(".env")]
    if files.content_of(paths[0]) is None:
        say(f"Nothing is installed: there is no file {paths[0]}")
        return 0
    if dry:
        for words in (*plan.stop, *plan.after):
            say(f"would run: {shlex.join(words)}")
        for path in paths:
            if files.content_of(path) is not None:
                say(f"would remove: {path}")
        return 0
    folder = installed_folder(paths[0]) or str(wanted.folder)
    files.check_replaceable(paths[0], force=force)
    runs_here = _can_run(plan.stop)
    for words in plan.stop if runs_here else ():
        system.tell(words)
    for number, path in enumerate(paths):
        _remove(path, say, force=force, ours=number == 0)
    for words in plan.after if runs_here else ():
        system.tell(words)
    drop_ins = Path(f"{paths[0]}.d")
    if drop_ins.is_dir():
        say(f"left, for it is yours: {drop_ins}")
    say(f"The data folder stays: {folder}")
    return 0


def status(wanted: Wanted, environment: Mapping[str, str], *, say: Say) -> int:
    """The exit code."""
    path = Path(planned(wanted).files[0].path)
    if files.content_of(path) is None:
        kind = "of yours" if wanted.user else "of the system"
        say(f"not installed: there is no service {wanted.name} {kind} ({path})")
        return _NOT_INSTALLED
    folder = Path(installed_folder(path) or wanted.folder)
    say(f"installed: {path}")
    if wanted.system == "linux":
        _tell_systemd(wanted, say)
    say(f"data folder: {folder}")
    found = _own_folder(folder, environment)
    running = is_running(found)
    say(f"server: {'runs' if running else 'does not run'}{_process(found) if running else ''}")
    if running:
        say(f"page: {_page(found)}")
    if wanted.system == "linux":
        say(f"its last lines: journalctl {'--user ' if wanted.user else ''}-u {wanted.name} -n 20")
    else:
        say(f"its log: {folder / 'service.log'}")
    return _RUNNING if running else _NOT_RUNNING


def installed_folder(path: Path) -> str:
    """The data folder that a service file names, "" where it names none."""
    text = files.content_of(path)
    if not text:
        return ""
    if path.suffix == ".plist":
        import plistlib  # noqa: PLC0415

        named = plistlib.loads(text.encode()).get("EnvironmentVariables", {})
        return str(named.get("DUPLICATI_DATA_FOLDER", ""))
    if path.suffix == ".xml":
        from xml.etree import ElementTree  # noqa: PLC0415

        variable = ElementTree.fromstring(text.encode()).find("env")
        return "" if variable is None else variable.get("value", "")
    start = "# Data folder: "
    return next((line[len(start) :] for line in text.split("\n") if line.startswith(start)), "")


def _check_same_folder(wanted: Wanted, path: Path) -> None:
    """Installed again, for another option only, a service must not lose sight of its backups. Raises
    `UsageError`."""
    before = installed_folder(path)
    if before and before != str(wanted.folder) and not wanted.given:
        folders = (before, str(wanted.folder))
        words = " or ".join(f"--server-datafolder={shlex.quote(each)}" for each in folders)
        raise UsageError(
            reason=f"The service {wanted.name} has the data folder {before}, and would get {wanted.folder}, "
            f"with other backups. Say which: {words}"
        )


def _remove(path: Path, say: Say, *, force: bool, ours: bool) -> None:
    """A file of passwords that the user wrote stays; the service itself must be one of ours."""
    try:
        if files.remove(path, force=force) == "removed":
            say(f"removed: {path}")
    except TriplicatiError as error:
        if ours:
            raise
        say(str(error))


def _show(plan: Plan, commands: Sequence[Sequence[str]], say: Say) -> None:
    for each in plan.files:
        say(f"would write {each.path}:")
        say("  (passwords and keys, not shown)" if each.private else each.text)
    for words in commands:
        say(f"would run: {shlex.join(words)}")


def _tell_notes(wanted: Wanted, plan: Plan, say: Say) -> None:
    for note in (*plan.notes, *_warnings(wanted)):
        say(note)
    if not plan.tried:
        say(f"This was never run on {_SYSTEMS[wanted.system]} by those who made it; check that it works.")


def _warnings(wanted: Wanted) -> list[str]:
    found = []
    usual = usual_folder({})
    if not wanted.given and Path(wanted.folder) != usual and (usual / MARKER).exists():
        found.append(
            f"There is another data folder, {usual}. To use that one: "
            f"--server-datafolder={shlex.quote(str(usual))}"
        )
    if sys.platform != "win32" and not wanted.user:
        program = Path(wanted.program[0])
        owner = program.stat().st_uid if program.exists() else 0
        if owner != 0:
            found.append(
                f"{program} belongs to the user with the number {owner}, who could make the system run "
                "anything. Better install Triplicati as root, for all."
            )
    return found


def _can_run(commands: Sequence[Sequence[str]]) -> bool:
    return all(system.is_here(words[0]) for words in commands)


def _restart(wanted: Wanted) -> str:
    if wanted.system == "linux":
        return f"systemctl {'--user ' if wanted.user else ''}restart {wanted.name}"
    return "triplicati service uninstall, then install"


def _tell_systemd(wanted: Wanted, say: Say) -> None:
    if not system.is_here("systemctl"):
        say("systemd does not run here")
        return
    control = ["systemctl", *(["--user"] if wanted.user else [])]
    unit = f"{wanted.name}.service"
    say(f"starts with the system: {system.ask([*control, 'is-enabled', unit]) or 'unknown'}")
    say(f"systemd says: {system.ask([*control, 'is-active', unit]) or 'unknown'}")


def _own_folder(folder: Path, environment: Mapping[str, str]) -> Path:
    """The folder the server has made its own, beside one of Duplicati's."""
    options: dict[str, str | None] = {"server-datafolder": str(folder), "allow-insecure-datafolder": "true"}
    return data_folder(OptionValues(options, SERVER_OPTIONS), environment, Path()).path


def _process(folder: Path) -> str:
    from triplicati.config.instance_lock import FOLDER, LOCK  # noqa: PLC0415

    try:
        text = (folder / FOLDER / LOCK).read_text("ascii", "replace").strip()
    except OSError:
        return ""
    return f" as process {text}" if text.isdigit() else ""


def _page(folder: Path) -> str:
    from triplicati.client.local import local_server  # noqa: PLC0415 - slow to import

    try:
        return f"{local_server(folder).url}/"
    except NoLocalServer:
        return "not there yet"
    except TriplicatiError as error:
        return f"unknown. {error}"
