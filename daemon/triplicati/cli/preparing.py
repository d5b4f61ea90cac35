"""Makes of the words of a user a checked request, with everyone who wants to hear about it."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from triplicati.cli.console import Console, prepare_streams
from triplicati.cli.passphrase import for_reading, for_renewing, for_writing
from triplicati.cli.request import NOWHERE, Request, wrong_usage
from triplicati.config.secrets import Resolved, with_secrets
from triplicati.engine.gentle import set_priority, use_idle_disk_time
from triplicati.engine.prestart import waiting
from triplicati.engine.temporary import checked_tempdir, remove_stale
from triplicati.messages.log import line_of
from triplicati.messages.progress import Event, Report
from triplicati.operations.merging import merged
from triplicati.options.allowed_modules import check_allowed
from triplicati.options.commands import Command
from triplicati.options.environment import with_environment
from triplicati.options.module_keys import without_disabled
from triplicati.options.option_values import OptionValues
from triplicati.options.parser import Arguments
from triplicati.options.validation import validate
from triplicati.reports.log_file import log_file
from triplicati.reports.log_rules import Listener, LogRule, log_rule
from triplicati.storage.registry import options_of_kinds
from triplicati.values.urls import parse_url


@contextlib.contextmanager
def prepared(command: Command, arguments: Arguments, environment: Mapping[str, str]) -> Iterator[Request]:
    """Checks the options, those in the destination's address too, and tells what is odd about them.

    Open for as long as the request lives: its log file. Raises `UsageError` and what `validate` raises.
    """
    if command.destination and not arguments.positionals:
        raise wrong_usage(command.name, "A destination is needed.")
    text = arguments.positionals[0] if command.destination else ""
    url = parse_url(text) if command.destination else NOWHERE
    options = merged(arguments.options, url, environment)
    resolved = with_secrets(with_environment(arguments.options, environment), text, environment)
    if resolved.fetched:
        text = resolved.url_text
        url = parse_url(text) if command.destination else NOWHERE
        options = merged(resolved.options, url, environment)
    with resolved.hidden_in_errors(), contextlib.ExitStack() as open_until_the_end:
        warnings = validate(options, further=options_of_kinds)
        values = OptionValues(without_disabled(options))
        if command.destination:
            check_allowed(values, url, "")  # the encryption is known when the keys are asked for
        _prepare_scratch(values)
        prepare_streams()
        listeners: list[Listener] = []
        rules = log_rules(values)
        if path := values.text("log-file"):
            listeners.append(open_until_the_end.enter_context(log_file(Path(path), rules["log-file"])))
        console = _console(values, rules["console"])
        report = Report(
            _notifier(console, listeners, resolved),
            suppressed=[each.strip() for each in (values.text("suppress-warnings") or "").split(",")],
            verbose=rules["console"].wants_verbose or (bool(listeners) and rules["log-file"].wants_verbose),
        )
        for warning in warnings:
            report.warning(warning.id, warning.message)
        for sentence in resolved.warnings:
            report.warning("SecretPlaceholderPartial", sentence)
        _use_gently(values, report)
        yield Request(
            operation=command.operation,
            command=command,
            word=arguments.command,
            positionals=arguments.positionals[1 if command.destination else 0 :],
            filters=arguments.filters,
            url=url,
            url_text=text,
            values=values,
            environment=environment,
            program=Path(sys.argv[0]).resolve().parent,
            console=console,
            report=report,
            now=datetime.now().astimezone(),
            listeners=listeners,
            notice=console.notice,
            hide_in=resolved.hide_in,
            reading=for_reading,
            writing=for_writing,
            renewing=for_renewing,
        )


def _prepare_scratch(values: OptionValues) -> None:
    """Raises `InvalidValue` for a --tempdir that cannot be used."""
    if text := values.text("tempdir"):
        tempfile.tempdir = checked_tempdir(text)
    remove_stale(tempfile.tempdir)


def _use_gently(values: OptionValues, report: Report) -> None:
    processes = [0, *waiting()]
    told = []
    if values.given("thread-priority"):
        told.append(set_priority(values.choice("thread-priority"), processes))
    if values.boolean("use-background-io-priority"):
        told.append(use_idle_disk_time(processes))
    for text in filter(None, told):
        report.warning("PriorityNotSet", text)


def log_rules(values: OptionValues) -> dict[str, LogRule]:
    """Of the console and of the log file; in a dry run both take what it would do."""
    rules = {}
    for name in ("console", "log-file"):
        level = values.choice(f"{name}-log-level")
        if not values.given(f"{name}-log-level") and values.boolean("dry-run"):
            level = "DryRun"
        filters, ignored = (values.text(f"{name}-log-{kind}") or "" for kind in ("filter", "ignore"))
        rules[name] = log_rule(level, filters, ignored)
    return rules


def _notifier(console: Console, listeners: list[Listener], resolved: Resolved) -> Callable[[Event], None]:
    def notify(event: Event) -> None:
        if resolved.fetched:
            event = msgspec.structs.replace(event, text=resolved.hide(event.text))
        console.event(event)
        if listeners:
            line = line_of(event, time.time())
            for listener in listeners:
                listener(line)

    return notify


def _console(values: OptionValues, rule: LogRule) -> Console:
    asked = any(values.given(f"console-log-{part}") for part in ("level", "filter", "ignore"))

    def wants(event: Event) -> bool:
        """What a user should know is shown unless a level was asked for."""
        if event.id == "FailedOperation":
            return False  # the error itself is told
        return rule.accepts(line_of(event, 0.0)) or (not asked and event.kind == "message")

    quiet = values.boolean("quiet-console") or values.choice("result-format") == "Json"
    if quiet or not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return Console(sys.stdout, quiet=quiet, wants=wants)
    from triplicati.cli.live import LiveConsole  # noqa: PLC0415 - rich is slow to import

    return LiveConsole(wants=wants)
