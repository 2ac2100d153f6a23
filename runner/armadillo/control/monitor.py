"""Watches the processes of a run while it goes on: one sample of all at each tick, and a health probe now and then.

A sample is an event; what the rules think of it is a finding. Nothing here may disturb a run: what the monitor itself
gets wrong is a finding, too, and the end of monitoring.
"""

from __future__ import annotations

import asyncio
import os
import traceback
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from armadillo_api.v1 import result_pb2

from ..arangodb import http_probe
from ..arangodb.idleness import METRICS_PATH, is_idle
from ..arangodb.jwt import superuser_token
from ..model.outcome import Outcome
from ..model.policy import Consequence, Policy
from ..model.role import Role
from ..observe.network_counters import NetworkCounters
from ..observe.process_sampler import ProcessSampler, Usage, Watched
from ..results.findings import finding_event
from ..results.hub import Hub
from ..results.judgement import MONITOR_BROKE
from .running_deployment import RunningDeployment
from .running_server import RunningServer, State
from .server_watch import ServerWatch

RUNNER = "runner"
TESTS = "tests"
_FIRST_INCARNATION = 1
_LATE_FACTOR = 3.0
_LATE_S = 2.0
_PROBING_THREADS = 4


@dataclass(frozen=True)
class ProbePace:
    """How often servers are asked for their health, and how long an answer may take; both scaled for the build."""

    interval_s: float = 5.0
    timeout_s: float = 2.0


class Monitor:
    """Owns the sampler's files and two tasks from `start` to `stop`."""

    def __init__(
        self, deployment: RunningDeployment, hub: Hub, policy: Policy, tests_pid: int = 0, pace: ProbePace | None = None
    ) -> None:
        pace = pace or ProbePace()
        self._deployment = deployment
        self._hub = hub
        if policy.monitor_findings is Consequence.IGNORE:
            policy = replace(policy, memory_growth_limit_mb=0, stuck_after_probes=0, cpu_spin_percent=0)
        self._policy = policy
        self._tests_pid = tests_pid
        self._interval_s = policy.monitor_interval_ms / 1000
        scale = deployment.time_scale
        self._pace = ProbePace(pace.interval_s * scale, pace.timeout_s * scale)
        self._sampler = ProcessSampler()
        self._network = NetworkCounters(deployment.servers)
        self._watches: dict[Watched, ServerWatch] = {}
        self._threads = ThreadPoolExecutor(_PROBING_THREADS, thread_name_prefix="health-probe")
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._last_tick_s = 0.0

    def start(self) -> None:
        """Begins, unless the policy's interval is 0."""
        if self._interval_s <= 0:
            return
        begin = asyncio.get_running_loop().create_task
        self._tasks.append(begin(self._guarded(self._sample_for_ever())))
        if self._policy.stuck_after_probes or self._policy.cpu_spin_percent:
            self._tasks.append(begin(self._guarded(self._probe_for_ever())))

    async def stop(self) -> None:
        """Ends both tasks and gives all files back; a probe that is under way is not waited for."""
        self._stopping.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._sampler.close()
        self._network.close()

    def sample_now(self) -> None:
        """A sample between two ticks, so that the last figures before an end are in the record; never raises."""
        if self._tasks and not self._tasks[0].done():
            try:
                self._tick()
            except Exception as error:
                self._report_own_error(error)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:
            self._report_own_error(error)

    def _report_own_error(self, error: Exception) -> None:
        message = f"the monitor broke, and watches no more: {type(error).__name__}: {error}"
        details = "".join(traceback.format_exception(error))
        self._hub.publish(finding_event(MONITOR_BROKE, Outcome.UNKNOWN, message, details=details))

    async def _until_stopping(self, timeout_s: float) -> bool:
        """Waits for the end of monitoring; False when it has not come within the time."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), timeout_s)
        return self._stopping.is_set()

    # -- samples ------------------------------------------------------------------------------------------------------
    async def _sample_for_ever(self) -> None:
        while True:
            self._tick()
            if await self._until_stopping(self._interval_s):
                return

    def _tick(self) -> None:
        now_s = asyncio.get_running_loop().time()
        if self._last_tick_s and now_s - self._last_tick_s > self._interval_s * _LATE_FACTOR + _LATE_S:
            for watch in self._watches.values():  # we were held ourselves: nothing was seen meanwhile
                watch.forget()
        self._last_tick_s = now_s
        servers = {_watched(server): server for server in self._deployment.servers.values() if server.pid}
        others = [Watched(RUNNER, _FIRST_INCARNATION, os.getpid(), alone=True)]
        if self._tests_pid:
            others.append(Watched(TESTS, _FIRST_INCARNATION, self._tests_pid))
        usages = self._sampler.sample([*servers, *others], now_s)
        self._hub.publish(sample_event(usages, self._network))
        self._watches = {one: self._watches.get(one) or self._new_watch(one) for one in servers}
        for usage in usages:
            if usage.watched in servers:
                self._judge(servers[usage.watched], usage, now_s)

    def _judge(self, server: RunningServer, usage: Usage, now_s: float) -> None:
        running = self._hub.record.running_case()
        found = self._watches[usage.watched].sampled(usage, now_s, _may_be_judged(server), not running)
        self._publish(found, running)

    def _publish(self, findings: list[result_pb2.Finding], running: str) -> None:
        for finding in findings:
            finding.node_id = running
            if running:
                finding.message += f", during {running}"
            self._hub.publish(result_pb2.Event(finding=finding))

    def _new_watch(self, watched: Watched) -> ServerWatch:
        return ServerWatch(watched.name, self._policy)

    # -- health probes ------------------------------------------------------------------------------------------------
    async def _probe_for_ever(self) -> None:
        while not await self._until_stopping(self._pace.interval_s):
            servers = [server for server in self._deployment.servers.values() if server.pid]
            await asyncio.gather(*[self._probe(server) for server in servers])

    async def _probe(self, server: RunningServer) -> None:
        watched = _watched(server)
        watch = self._watches.get(watched)
        if watch is None:
            return
        problem: str | None = None
        if self._policy.stuck_after_probes and _may_be_judged(server) and not watch.is_stopped:
            problem = await self._ask(server)
        # whatever became of the server during the probe excuses it
        if _watched(server) != watched or not _may_be_judged(server) or _is_held(server.pid):
            problem = None
        limits = f"one probe each {self._pace.interval_s:g} s with {self._pace.timeout_s:g} s for the answer"
        found = watch.probed(problem, asyncio.get_running_loop().time(), limits)
        if isinstance(found, str):
            self._hub.publish(result_pb2.Event(note=result_pb2.Note(text=found)))
        elif found is not None:
            self._publish([found], self._hub.record.running_case())
        if not problem and _may_be_judged(server) and watch.is_busy and self._hub.record.running_case():
            watch.serves_nobody = is_idle(await self._in_thread(http_probe.get_text, server, METRICS_PATH))

    async def _ask(self, server: RunningServer) -> str:
        """ "" when it answers, with whatever status: a server that says it is not available is not stuck."""
        path = "/_api/version" if server.plan.role is Role.AGENT else "/_admin/server/availability"
        answer = await self._in_thread(http_probe.get, server, path)
        return "" if answer.status else f"GET {path}: {answer.problem}"

    async def _in_thread(self, get: Any, server: RunningServer, path: str) -> Any:
        """Threads of our own: the loop's are for those that wait for a server to start."""
        secret = self._deployment.jwt_secret
        headers = {"Authorization": f"bearer {superuser_token(secret)}"} if secret else {}
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, get, server.plan.http_endpoint, path, headers, self._pace.timeout_s
        )


def _watched(server: RunningServer) -> Watched:
    return Watched(server.name, server.incarnation_number, server.pid)


def _may_be_judged(server: RunningServer) -> bool:
    """Whether it should work: neither starting nor stopping nor suspended, and no crash of it is announced."""
    return server.state is State.READY and server.announced_crash is None


def _is_held(pid: int) -> bool:
    """Whether the process cannot answer just now: stopped by a signal or a debugger, writing its core, or gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            fields = dict(line.split(":", 1) for line in file if ":" in line)
    except OSError:
        return True
    return fields["State"].strip()[0] in "TtZX" or fields.get("CoreDumping", "0").strip() == "1"


def sample_event(usages: list[Usage], network: NetworkCounters) -> result_pb2.Event:
    """One tick as an event."""
    processes = [
        result_pb2.ProcessSample(
            process=usage.watched.name,
            incarnation=usage.watched.incarnation,
            cpu_share=usage.cpu_share,
            cpu_ms=usage.reading.cpu_ms,
            rss_bytes=usage.reading.rss_bytes,
            threads=usage.reading.threads,
            open_files=usage.reading.open_files,
            read_bytes=usage.reading.read_bytes,
            written_bytes=usage.reading.written_bytes,
        )
        for usage in usages
    ]
    networks = [result_pb2.NetworkSample(**reading._asdict()) for reading in network.read()]
    return result_pb2.Event(resource_sample=result_pb2.ResourceSample(processes=processes, networks=networks))
