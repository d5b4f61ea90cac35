"""Runs one task to its end: its order, everyone who listens, and all that is kept of it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

import msgspec
import trio

from triplicati.config.secrets import Memory, Resolved
from triplicati.config.server.store import Store
from triplicati.engine.gentle import WorkerPriority, worker_priority
from triplicati.engine.outcome import settled
from triplicati.errors import OperationAborted, OperationNotAvailable
from triplicati.messages.live import LiveProgress
from triplicati.messages.log import LogLine, line_of
from triplicati.messages.progress import Event, Report
from triplicati.messages.results import Result
from triplicati.operations.around import with_hooks
from triplicati.operations.order import Order
from triplicati.options.option_values import OptionValues
from triplicati.runner.failures import details_of, identity_of, sentence_of
from triplicati.runner.kept import Kept, keep_failure, keep_result
from triplicati.runner.live_progress import ProgressMeter
from triplicati.runner.logs import LiveLog, RunLog
from triplicati.runner.ordering import defaults_of, order_for
from triplicati.runner.patience import patiently, to_the_end
from triplicati.runner.pausing import Pause
from triplicati.runner.remote_log import RemoteLog
from triplicati.runner.speed import Limits
from triplicati.runner.tasks import Task
from triplicati.runner.works import WORKS, Work
from triplicati.values.plain_text import plain_text

_TAG = "Duplicati.Server.Runner"
# Seconds between two looks at the progress.
_LOOK = 0.25
# Seconds for what belongs to the end of a run when the daemon itself is being stopped.
_LAST = 5.0
_AT_END = "It was aborted when its work was done: the script for the end or reports may be missing"


class Runner(msgspec.Struct, kw_only=True):
    """What every run needs. `environment` is what jobs see of the server's; `extra_works` do operations that
    are the server's own, and `bare_work` gives the work of a task that must do without options, since wrong
    ones must not keep a backup from being deleted; `show` takes the progress, `began` and `ended` are called
    at both ends, the latter with what was kept."""

    store: Store
    log: LiveLog
    pause: Pause
    limits: Limits
    environment: Mapping[str, str]
    program: Path
    show: Callable[[LiveProgress], None]
    began: Callable[[Task], None]
    ended: Callable[[Task, Kept], Awaitable[None]]
    now: Callable[[], float] = time.time
    usual: Mapping[str, str] = {}
    forced: Mapping[str, str] = {}
    memory: Memory = msgspec.field(default_factory=dict)
    extra_works: dict[str, Work] = msgspec.field(default_factory=dict)
    bare_work: Callable[[Task], Callable[[], Awaitable[Result]] | None] = lambda _: None

    async def run(self, task: Task) -> None:
        """Raises nothing but cancellation; how it went is in the task and in the store."""
        log, remote_log = RunLog(), RemoteLog(self.now)
        begin = self.now()
        run_id = await self._begun(task)
        self.began(task)
        result: Result | None = None
        error: Exception | None = None
        meter = ProgressMeter(task)
        try:
            result = await self._run(task, log, remote_log, meter)
            task.parsed = result.parsed
        except OperationAborted as aborted:
            task.parsed, error = "Stopped", aborted
        except Exception as raised:  # nothing of a job may end the daemon
            error = raised
            task.parsed, task.error, task.error_id = "Fatal", sentence_of(raised), identity_of(raised)
        finally:
            self.show(meter.look(trio.current_time()))
            kept = Kept(run_id, begin, self.now(), log, remote_log)
            async with to_the_end(_LAST):
                await self._keep(task, kept, result, error or OperationAborted())

    async def _begun(self, task: Task) -> int:
        """The number of the run, 0 where none is kept: of a temporary backup, or on a full disk."""
        if task.backup.temporary:
            return 0
        try:
            return await patiently(
                lambda: self.store.begin_run(
                    task.backup.id, task.id, task.operation, task.reason, task.started
                )
            )
        except Exception as error:
            self._complain(task, error)
            return 0

    async def _keep(self, task: Task, kept: Kept, result: Result | None, error: Exception) -> None:
        try:
            if result is not None:
                await keep_result(self.store, task, kept, result)
            else:
                await keep_failure(self.store, task, kept, error)
        except Exception as failure:
            self._complain(task, failure)
        try:
            await patiently(lambda: self.ended(task, kept))
        except Exception as failure:
            self._complain(task, failure)

    def _complain(self, task: Task, error: Exception) -> None:
        """A full disk or a bug must not end the daemon."""
        text = f"{task.backup.name}: the run could not be recorded: {sentence_of(error)}"
        line = LogLine(self.now(), "Error", _TAG, identity_of(error), text, details_of(error))
        self.log.add(line, task.backup.id, task.id)

    async def _run(self, task: Task, log: RunLog, remote_log: RemoteLog, meter: ProgressMeter) -> Result:
        bare = self.bare_work(task)
        if bare is not None:
            with task.scope:
                return await settled(bare)
            raise OperationAborted
        work = WORKS.get(task.operation) or self.extra_works.get(task.operation)
        if work is None:
            raise OperationNotAvailable(operation=task.operation)
        outcome: list[Result | Exception] = []
        with task.scope:
            result = await self._ordered(task, work, log, remote_log, meter, outcome)
            if isinstance(result, Exception):
                raise result
            return result
        if not outcome:
            raise OperationAborted
        if isinstance(outcome[0], Exception):
            raise outcome[0]
        if task.report is not None:  # what is done is done, whatever should have come after it
            task.report.warning("AbortedAtEnd", _AT_END)
        return outcome[0]

    async def _ordered(
        self,
        task: Task,
        work: Work,
        log: RunLog,
        remote_log: RemoteLog,
        meter: ProgressMeter,
        outcome: list[Result | Exception],
    ) -> Result | Exception:
        """`outcome` gets what the operation itself came to. While that goes on, an abort ends it alone, and
        the script for the end is still run; before and after it an abort ends everything."""
        order = await self._order(task, log, remote_log)
        order.report.hold = partial(self.pause.hold, task)
        worker_priority.set(_priority(order.values))
        order.around_destination = partial(
            self.limits.around, paused=lambda: self.pause.transfers_paused and not task.stop.wanted
        )

        async def operation() -> Result:
            whole = task.scope
            with trio.CancelScope() as task.scope:
                outcome.append(await _unwrapped(lambda: settled(lambda: work(order, task))))
            task.scope, task.ending = whole, True
            if not outcome:
                outcome.append(OperationAborted())
            if isinstance(outcome[0], Exception):
                raise outcome[0]
            return outcome[0]

        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._show, meter)
            for watcher in order.report.watchers:
                nursery.start_soon(watcher)
            result = await _unwrapped(
                lambda: with_hooks(order, operation, lambda result: result, lambda skipped: skipped)
            )
            nursery.cancel_scope.cancel()
        return result

    async def _order(self, task: Task, log: RunLog, remote_log: RemoteLog) -> Order:
        listeners: list[Callable[[LogLine], object]] = []

        def report(values: OptionValues, resolved: Resolved) -> Report:
            def notify(event: Event) -> None:
                text, path = plain_text(resolved.hide(event.text)), plain_text(resolved.hide(event.path))
                event = msgspec.structs.replace(event, text=text, path=path)
                remote_log.add(event)
                line = line_of(event, self.now())
                log.add(line)
                self.log.add(line, task.backup.id, task.id)
                for listener in listeners:
                    listener(line)

            suppressed = [each.strip() for each in (values.text("suppress-warnings") or "").split(",")]
            made = Report(notify, suppressed=suppressed, verbose=self.log.watched)
            task.report = made
            return made

        order = await order_for(
            task.backup,
            task.operation,
            defaults=await defaults_of(self.store, self.usual, self.forced),
            extra=task.extra,
            paths=task.paths,
            report=report,
            environment=self.environment,
            program=self.program,
            memory=self.memory,
        )
        order.listeners = listeners
        return order

    async def _show(self, meter: ProgressMeter) -> None:
        while True:
            live = meter.look(trio.current_time())
            self.show(msgspec.structs.replace(live, state="paused") if self.pause.paused else live)
            await trio.sleep(_LOOK)


async def _unwrapped(work: Callable[[], Awaitable[Result]]) -> Result | Exception:
    """What it raises is kept out of the nursery, which would wrap it."""
    try:
        return await work()
    except Exception as error:
        return error


def _priority(values: OptionValues) -> WorkerPriority:
    name = values.choice("thread-priority") if values.given("thread-priority") else ""
    return WorkerPriority(name, values.boolean("use-background-io-priority"))
