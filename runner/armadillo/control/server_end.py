"""How one incarnation of a server ended: what is said of it, and whether that is a finding.

An end is looked at while the next incarnation may run already, so nothing here depends on the server's present state.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from armadillo_api.v1 import result_pb2

from ..arangodb.exit_codes import meaning
from ..arangodb.installation import program_of
from ..arangodb.server_plan import Incarnation
from ..observe.crash_report import CrashReport
from ..observe.log_tail import describe_tail, last_fatal
from ..process import stop_ladder
from ..results.judgement import INFRASTRUCTURE
from .launcher import Launcher
from .port_race import PortRace
from .post_mortem import crash_of

if TYPE_CHECKING:
    from .core_collector import CoreSummary

LOG_TAIL_LINES = 30
_OUTPUT_TAIL_LINES = 15
_CORE_SIGNALS = frozenset(
    {signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSEGV, signal.SIGSYS, signal.SIGTRAP}
)
ANNOUNCED = "announced by the test"
"""Who asked for an end that a test had announced."""


@dataclass(frozen=True)
class ServerEnd:
    """The facts of one end; `asked_by` is "" for an end that nobody asked for."""

    incarnation: Incarnation
    pid: int
    status: int
    asked_by: str = ""
    node_id: str = ""
    was_starting: bool = False
    was_stopping: bool = False
    was_stopped_while_starting: bool = False
    port_race: PortRace | None = None

    @cached_property
    def _crash(self) -> CrashReport | None:
        """What the crash handler wrote. It is read once: a log does not grow any more when its process has ended."""
        return crash_of(self.incarnation)

    @cached_property
    def description(self) -> str:
        """The exit status with the meaning of arangod's exit code, or with what the crash handler says."""
        text = stop_ladder.explain_status(self.status)
        if self.status > 0:
            fatal = last_fatal(self.incarnation.log_path)
            return f"{text}: {meaning(self.status)}" + (f"; it logged {fatal}" if fatal else "")
        return f"{text}: {self._crash.headline}" if self.status < 0 and self._crash else text

    @cached_property
    def last_words(self) -> str:
        """The crash handler's backtrace if there is one, the ends of its log and of its output, for error texts."""
        backtrace = ["--- backtrace of the crash handler:", *self._crash.lines] if self._crash else []
        return "\n".join([*backtrace, *filter(None, [last_lines_of(self.incarnation)])])

    def finding(self) -> result_pb2.Finding | None:
        """The finding about this end; None for one that was asked for and went well."""
        name = self.incarnation.plan.name
        during = f" during {self.node_id}" if self.node_id else ""
        if self.port_race is not None and self.port_race.is_lost:
            return self._lost_port_race(self.port_race) if not self.port_race.may_start_again else None
        if not self.asked_by:
            what = "died while starting" if self.was_starting else "died unasked"
            crashed = self.status < 0 or not self.was_starting
            return self._finding(
                "server_start_failed" if self.was_starting else "server_died",
                result_pb2.CRASHED if crashed else result_pb2.ERROR,
                f"{name} {what}{during}",
            )
        if self.was_stopped_while_starting and self.status == -signal.SIGTERM:
            return None  # our SIGTERM came before its handler was there: that is no crash
        if self.asked_by == ANNOUNCED:
            return None
        if self.was_stopping and self.status not in (0, -signal.SIGKILL):
            return self._finding(
                "server_stop_failed",
                result_pb2.CRASHED if self.status < 0 else result_pb2.FAILED,
                f"{name} did not end cleanly when it was stopped{during}",
            )
        return None

    def _lost_port_race(self, race: PortRace) -> result_pb2.Finding:
        """A cause outside the test: the addresses are the run's own, and somebody else listens there."""
        return self._finding(
            INFRASTRUCTURE,
            result_pb2.ERROR,
            f"{self.incarnation.plan.name} died while starting, {race.tries} times: "
            f"{self.incarnation.plan.http_endpoint}",
        )

    def _finding(self, kind: str, outcome: result_pb2.Outcome, what: str) -> result_pb2.Finding:
        return result_pb2.Finding(
            kind=kind,
            outcome=outcome,
            message=f"{what}: {self.description}",
            details=self.last_words,
            server=self.incarnation.plan.name,
            node_id=self.node_id,
        )


def located(message: str, where: str) -> str:
    """A headline with the place that the core shows: in the stead of the crash handler's, if both name one function.

    They differ where the compiler has inlined; then the core's place stands behind the handler's.
    """
    function = where.partition("(")[0].partition(" ")[0]
    if not where or where in message:
        return message
    front, found, behind = message.rpartition(f" in {function}")
    if found and behind[:1] in ("", "("):
        return f"{front} in {where}"
    return f"{message} (in the core: {where})" if " in thread " in message else f"{message} in {where}"


def last_lines_of(incarnation: Incarnation) -> str:
    """The ends of its log and of its output, for error texts."""
    tails = (
        describe_tail("its log", incarnation.log_path, LOG_TAIL_LINES),
        describe_tail("its stdout and stderr", incarnation.output_path, _OUTPUT_TAIL_LINES),
    )
    return "\n".join(tail for tail in tails if tail)


async def core_of(end: ServerEnd, launcher: Launcher) -> CoreSummary | None:
    """Stacks of a process that died by a signal that makes a core; None when there is none."""
    if end.status >= 0 or -end.status not in _CORE_SIGNALS:
        return None
    from .core_collector import collect_core

    program = program_of(launcher.installation.executable)
    return await collect_core(end.incarnation, program, end.pid, launcher.core_pattern)
