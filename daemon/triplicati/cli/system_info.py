"""system-info: facts that a report of a problem should hold (spec/cli.md 1.3)."""

from __future__ import annotations

import time

from triplicati.cli.ending import Ended
from triplicati.cli.request import Request, wrong_usage
from triplicati.messages.results import SystemInfoResult
from triplicati.operations.system_facts import system_facts


def run(request: Request) -> Ended:
    if request.positionals:
        raise wrong_usage("system-info", "Nothing more is expected.")
    begin = time.time()
    facts = dict(system_facts(request))
    result = SystemInfoResult(main_operation="SystemInfo", begin_time=begin, facts=facts)
    result.end_time = time.time()
    return Ended(result, lambda: [f"{label}: {value}" for label, value in result.facts.items()])
