"""What the monitor knows of one incarnation of one server, and what it thinks of it."""

from __future__ import annotations

from collections import deque

from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome
from ..model.policy import Policy
from ..observe.process_sampler import Usage
from ..observe.resource_rules import (
    Load,
    LowestInSlots,
    MemoryPoint,
    growth_mb_per_minute,
    spinning_since_s,
    unanswered_in_row,
)
from ..results.judgement import CPU_SPIN, MEMORY_GROWTH, SERVER_STUCK

_BYTES_PER_MB = 1024 * 1024


class ServerWatch:
    """Applies the rules of resource_rules; each tells at most once of one incarnation."""

    def __init__(self, server: str, policy: Policy) -> None:
        self.server = server
        self.is_busy = False
        self.serves_nobody: bool | None = None
        """What its metrics said while it was busy; None when they do not say."""
        self.last_usage: Usage | None = None
        self._policy = policy
        self._memory = LowestInSlots(max(policy.memory_growth_window_s, 1))
        self._spinning_since_s: float | None = None
        self._answers: deque[bool | None] = deque(maxlen=max(policy.stuck_after_probes, 1))
        self._unanswered_since_s = 0.0
        self._told: set[str] = set()

    @property
    def is_stopped(self) -> bool:
        """Whether somebody held the process at its last sample."""
        return self.last_usage is not None and self.last_usage.reading.is_stopped

    def forget(self) -> None:
        """Begins anew: what was seen says nothing, because the server or we ourselves did not run meanwhile."""
        self._spinning_since_s = None
        self.is_busy, self.serves_nobody = False, None
        self._answers.append(None)

    def sampled(self, usage: Usage, now_s: float, may_be_judged: bool, no_case_runs: bool) -> list[result_pb2.Finding]:
        """Takes a sample in; answers what is found. A server that starts, stops or is held is not judged."""
        self.last_usage = usage
        if not may_be_judged or usage.reading.is_stopped:
            self.forget()
            return []
        return [*self._growth(usage, now_s), *self._spin(usage, now_s, no_case_runs)]

    def probed(self, problem: str | None, now_s: float, limits: str) -> result_pb2.Finding | str | None:
        """Takes the outcome of a health probe in: "" an answer, else why there was none, None for a void probe.

        Answers a finding when the server is stuck, and a line for the notes when it has come back.
        """
        was_stuck = self._is_stuck
        self._answers.append(None if problem is None else not problem)
        if problem and unanswered_in_row(self._answers) == 1:
            self._unanswered_since_s = now_s
        if was_stuck and problem == "" and SERVER_STUCK in self._told:
            self._told.discard(SERVER_STUCK)
            return f"{self.server} answers again after {now_s - self._unanswered_since_s:.0f} s"
        limit = self._policy.stuck_after_probes
        if not self._is_stuck or not self._tell(SERVER_STUCK):
            return None
        doing = self._describe_usage()
        return result_pb2.Finding(
            kind=SERVER_STUCK,
            outcome=Outcome.TIMEOUT.value,
            message=f"{self.server} is stuck: {limit} health probes in a row had no answer; the last: {problem}",
            details=f"{doing}\nthresholds: stuck_after_probes = {limit}, {limits}",
            server=self.server,
        )

    @property
    def _is_stuck(self) -> bool:
        return 0 < self._policy.stuck_after_probes <= unanswered_in_row(self._answers)

    def _growth(self, usage: Usage, now_s: float) -> list[result_pb2.Finding]:
        policy = self._policy
        limit = policy.memory_growth_limit_mb
        slot_ended = self._memory.add(MemoryPoint(now_s, usage.reading.rss_bytes))
        if not limit or not slot_ended:
            return []
        points = list(self._memory.points)
        found = growth_mb_per_minute(points)
        if found < limit or not self._tell(MEMORY_GROWTH):
            return []
        first, last = (point.rss_bytes / _BYTES_PER_MB for point in (points[0], points[-1]))
        over_s = points[-1].time_s - points[0].time_s
        return [
            result_pb2.Finding(
                kind=MEMORY_GROWTH,
                outcome=Outcome.FAILED.value,
                message=f"{self.server} may leak memory: it grew by {found:.0f} MiB a minute for {over_s:.0f} s, "
                f"from {first:.0f} to {last:.0f} MiB",
                details=f"{self._describe_usage()}\nthresholds: memory_growth_limit_mb = {limit} (MiB a minute), "
                f"memory_growth_window_s = {policy.memory_growth_window_s}",
                server=self.server,
            )
        ]

    def _spin(self, usage: Usage, now_s: float, no_case_runs: bool) -> list[result_pb2.Finding]:
        policy = self._policy
        if not policy.cpu_spin_percent:
            return []
        self.is_busy = usage.cpu_share * 100 >= policy.cpu_spin_percent
        if not self.is_busy:
            self.serves_nobody = None
        load = Load(now_s, usage.cpu_share, no_case_runs or self.serves_nobody is True)
        self._spinning_since_s = spinning_since_s(self._spinning_since_s, load, policy.cpu_spin_percent)
        since_s = self._spinning_since_s
        if since_s is None or now_s - since_s < policy.cpu_spin_s or not self._tell(CPU_SPIN):
            return []
        why = "no case runs" if no_case_runs else "it serves no request"
        return [
            result_pb2.Finding(
                kind=CPU_SPIN,
                outcome=Outcome.FAILED.value,
                message=f"{self.server} spins: busy for {now_s - since_s:.0f} s with {usage.cpu_share:.1f} cores, "
                f"although {why}",
                details=f"{self._describe_usage()}\nthresholds: cpu_spin_percent = {policy.cpu_spin_percent}, "
                f"cpu_spin_s = {policy.cpu_spin_s}",
                server=self.server,
            )
        ]

    def _tell(self, kind: str) -> bool:
        is_new = kind not in self._told
        self._told.add(kind)
        return is_new

    def _describe_usage(self) -> str:
        if self.last_usage is None:
            return "nothing is known of its process"
        pid, reading = self.last_usage.watched.pid, self.last_usage.reading
        return (
            f"its process (pid {pid}) is in state {reading.state}, uses {self.last_usage.cpu_share:.2f} cores, "
            f"{reading.rss_bytes / _BYTES_PER_MB:.0f} MiB, {reading.threads} threads, {reading.open_files} open files"
        )
