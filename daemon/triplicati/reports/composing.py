"""Makes the subject and the text of a report, with nothing in it that others are not to read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from triplicati.errors import InvalidValue
from triplicati.messages.progress import Report
from triplicati.options.declarations import OptionType
from triplicati.options.option_values import OptionValues
from triplicati.options.registry import REGISTRY
from triplicati.reports.finished import Finished, Operation
from triplicati.reports.kinds import Kind
from triplicati.reports.layout import laid_out
from triplicati.reports.redaction import redacting
from triplicati.reports.result_forms import report_json, report_text
from triplicati.reports.secrecy import Clean, hiding, only_known
from triplicati.reports.templates import extra_parameters, filled
from triplicati.values.urls import parse_url

SUBJECT = "Duplicati %OPERATIONNAME% report for %backup-name%"
_LARGEST_FILE = 1 << 20


class Message(msgspec.Struct, frozen=True):
    """`is_json` tells whether `body` is a JSON object; `as_json` is that object in any case."""

    subject: str
    body: str
    is_json: bool
    as_json: str
    extra: Mapping[str, str]


def composed(kind: Kind, values: OptionValues, finished: Finished, report: Report) -> Message:
    """What cannot be used of the options is a warning."""
    clean = cleaning(finished, allow_paths=values.boolean("allow-paths-in-log-messages"))
    extra = _extra(kind, values, report)
    as_json = report_json(finished, {**finished.facts, **extra}, clean)
    form = values.choice(kind.option("result-output-format"))
    if form == "Json":
        result = as_json
    elif form == "Template":
        result = laid_out(finished, clean)
    else:
        result = report_text(finished, clean)
    known = template_values(finished, extra, clean)
    subject_option = kind.option("subject")
    subject = (values.text(subject_option) if subject_option in REGISTRY else None) or SUBJECT
    # Like Duplicati: in this form the text is the object and nothing else.
    body = "%RESULT%" if form == "Json" else _body(kind, values, report)
    return Message(
        subject=" ".join(filled(subject, {**known, "result": finished.parsed}).split()),
        body=filled(body, {**known, "result": result}),
        is_json=form == "Json",
        as_json=as_json,
        extra=extra,
    )


def template_values(finished: Finished, extra: Mapping[str, str], clean: Clean) -> dict[str, str]:
    """By lower-case names, all but ``result``. Those further down win."""
    operation = finished.operation
    hide = hiding(operation)
    return {
        **{name.lower(): value for name, value in extra.items()},
        **{name: clean(value) for name, value in only_known(operation.options).items()},
        **{name.lower(): hide(value or "") for name, value in finished.facts.items()},
        "operationname": operation.name,
        "remoteurl": clean(parse_url(operation.url).display) if operation.url else "",
        "localpath": clean(os.pathsep.join(operation.sources)),
        "parsedresult": finished.parsed,
    }


def cleaning(finished: Finished, *, allow_paths: bool) -> Clean:
    """Takes secrets out of a text, and paths unless they are allowed."""
    hide = hiding(finished.operation)
    if allow_paths:
        return hide
    redact = redacting(_known_paths(finished))
    return lambda text: redact(hide(text))


def _known_paths(finished: Finished) -> Iterator[str]:
    yield from paths_of(finished.operation)
    if finished.result is not None:
        yield from (problem.path for problem in (*finished.result.warnings, *finished.result.errors))


def paths_of(operation: Operation) -> Iterator[str]:
    """Those of the sources, the options and a destination on this machine."""
    yield from operation.sources
    for name, value in operation.options.items():
        option = REGISTRY.get(name)
        if value and option is not None and option.type is OptionType.PATH:
            yield from filter(os.path.isabs, value.split(os.pathsep))
    if operation.url:
        url = parse_url(operation.url)
        if url.scheme == "file":
            yield os.path.abspath(url.path)


def _extra(kind: Kind, values: OptionValues, report: Report) -> dict[str, str]:
    option = kind.option("extra-parameters")
    try:
        return extra_parameters(values.text(option) or "")
    except InvalidValue as error:
        report.warning("ReportSubmitError", f"--{option} is not used: {error}")
        return {}


def _body(kind: Kind, values: OptionValues, report: Report) -> str:
    text = values.text(kind.body) or REGISTRY[kind.body].default or "%RESULT%"
    path = Path(text) if "\0" not in text and "\n" not in text and len(text) < 4096 else None
    try:
        if path is None or not path.is_absolute() or not path.is_file():
            return text
        with path.open("rb") as file:
            return file.read(_LARGEST_FILE).decode("utf-8", "replace")
    except OSError as error:
        reason = f"The file that --{kind.body} names cannot be read: {error.strerror}"
        report.warning("ReportSubmitError", f"{reason}. The report has the usual text.")
        return REGISTRY[kind.body].default or "%RESULT%"
