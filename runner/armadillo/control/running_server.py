"""One server of the running deployment: its states, its incarnations, and the verbs on it."""

from __future__ import annotations

import asyncio
import enum
import os
import signal
from collections.abc import Sequence

from armadillo_api.v1 import deployment_pb2, result_pb2

from ..arangodb.server_plan import Incarnation, ServerPlan
from ..errors import ControlError, ServerStopError
from ..observe.log_tail import describe_tail
from ..process import stop_ladder
from ..process.child import Child
from ..process.spawn import Spawned
from ..results.hub import Hub
from .launcher import Launcher
from .port_race import PortRace
from .post_mortem import sanitizer_findings
from .report_marks import ReportMarks
from .server_end import ANNOUNCED, LOG_TAIL_LINES, ServerEnd, core_of, last_lines_of, located

_STATE_CHANGE_TIMEOUT_S = 10.0


class State(enum.Enum):
    """Where a server is in its life; the values are the names of `armadillo_api.v1.Server.State`."""

    NOT_STARTED = "NOT_STARTED"
    STARTING = "STARTING"
    READY = "READY"
    SUSPENDED = "SUSPENDED"
    STOPPING = "STOPPING"
    EXITED = "EXITED"


class RunningServer:
    """Owns the process of one server, and reports to the hub what becomes of it."""

    def __init__(self, plan: ServerPlan, launcher: Launcher, hub: Hub) -> None:
        self.plan = plan
        self.state = State.NOT_STARTED
        self.incarnation_number = 0
        self.last_status: int | None = None
        self._end: ServerEnd | None = None
        self.launcher = launcher
        """Another one after an upgrade."""
        self._child: Child | None = None
        self._asked_by = ""
        self.extra_args: tuple[str, ...] = ()
        self._hub = hub
        self._exited: asyncio.Event = asyncio.Event()
        self._watches: list[asyncio.Task[None]] = []
        self._stopping: asyncio.Task[bool] | None = None
        self._force_was_needed = False
        self._stopped_while_starting = False
        self._before_suspend = State.READY
        self._asked_signal = 0
        self.announced_crash: int | None = None
        self.port_race: PortRace | None = None
        """Set while somebody waits for its start who would start it again."""
        launchers = filter(None, (launcher, launcher.next_launcher))
        is_instrumented = any(one.installation.facts.sanitizer for one in launchers)
        self._marks = ReportMarks(hub, lambda: self.incarnation) if is_instrumented else None

    @property
    def name(self) -> str:
        """The server's name, "dbserver-2"."""
        return self.plan.name

    @property
    def incarnation(self) -> Incarnation:
        """Paths of the current or last incarnation."""
        return self.plan.incarnation(max(self.incarnation_number, 1))

    @property
    def incarnations(self) -> list[Incarnation]:
        """Paths of all incarnations there were, in their order."""
        return [self.plan.incarnation(number) for number in range(1, self.incarnation_number + 1)]

    @property
    def pid(self) -> int:
        """Pid of the living process, 0 when there is none."""
        return self._child.pid if self._child and self.is_alive else 0

    @property
    def is_alive(self) -> bool:
        """Whether there is a process, suspended or not."""
        return self.state not in (State.NOT_STARTED, State.EXITED)

    def spawn(self, extra_args: Sequence[str] = (), wipe_data: bool = False) -> None:
        """Starts the next incarnation; `extra_args` stay for the later ones, too.

        Raises `ControlError` when it is running already, OSError when it cannot be executed.
        """
        if self.is_alive:
            raise ControlError(f"{self.name} is {self.state.value.lower()} with pid {self.pid}; stop or kill it first")
        self.extra_args = (*self.extra_args, *extra_args)
        self.incarnation_number += 1
        self._asked_by = ""
        self._take(self.launcher.spawn(self.incarnation, self.extra_args, wipe_data))

    def adopt(self, spawned: Spawned) -> None:
        """Takes over the first incarnation, which was spawned before there was an event loop."""
        self.incarnation_number = 1
        self._take(spawned)

    def _take(self, spawned: Spawned) -> None:
        self._child = Child(spawned)
        self._stopping = None
        self._force_was_needed = False
        self._stopped_while_starting = False
        self._asked_signal = 0
        self.state = State.STARTING
        self._publish("STARTED", time_ns=spawned.time_unix_ns, endpoint=self.plan.advertised_http_endpoint)
        self._exited = asyncio.Event()
        watch = self._watch_for_end(self._child, self.incarnation, self._exited)
        self._watches.append(asyncio.get_running_loop().create_task(watch))

    async def wait_exited(self) -> None:
        """Returns when the current incarnation has ended and the log of events says so."""
        if self._watches:
            await self._exited.wait()

    async def wait_examined(self) -> None:
        """Returns when all incarnations have ended and what is found out about their ends is published.

        Looking into a core takes seconds, and the server may have been started again meanwhile.
        """
        await asyncio.gather(*(asyncio.shield(watch) for watch in self._watches))

    def mark_ready(self) -> None:
        """Called when readiness was proved."""
        self.port_race = None
        if self.state is State.STARTING:
            self.state = State.READY
            self._publish("READY")

    async def stop(self, timeout_s: float, asked_by: str) -> None:
        """SIGTERM, then by force; raises `ServerStopError` when force was needed.

        A stop that is under way already is joined: arangod takes a second SIGTERM as an order to die at once. It goes
        on when the caller is cancelled.
        """
        child = self._living("stop")
        limit_s: float | None = timeout_s
        if self._stopping is None:
            self._asked_by = asked_by
            self._stopped_while_starting = self.state is State.STARTING
            self.state = State.STOPPING
            self._publish("STOPPING", message=asked_by)
            self._stopping = asyncio.get_running_loop().create_task(stop_ladder.stop(child, timeout_s))
            limit_s = None  # the ladder has its own
        try:
            stopped_itself = await asyncio.wait_for(asyncio.shield(self._stopping), limit_s)
        except TimeoutError:
            stopped_itself = False
            self._force_was_needed = True
            await stop_ladder.kill(child)
        await self.wait_exited()
        if not stopped_itself or self._force_was_needed:
            raise ServerStopError(
                self.name,
                f"{self.name} did not stop within {timeout_s:g} s after SIGTERM and was killed",
                describe_tail("its log", self.incarnation.log_path, LOG_TAIL_LINES),
            )

    async def kill(self, number: int, asked_by: str, timeout_s: float = stop_ladder.KILL_GRACE_S) -> None:
        """Sends a signal that ends the process (SIGKILL when 0) and waits for its end.

        Raises `ControlError` when it is not gone after `timeout_s`; its end is then no longer an expected one.
        """
        child = self._living("kill")
        self._asked_by = asked_by
        self._asked_signal = number or signal.SIGKILL
        if number in (0, signal.SIGKILL):
            child.signal_group(signal.SIGKILL)
        else:
            child.signal(number)
            child.signal(signal.SIGCONT)
        try:
            await asyncio.wait_for(self.wait_exited(), timeout_s)
        except TimeoutError:
            self._asked_by, self._asked_signal = "", 0
            raise ControlError(
                f"{self.name} (pid {child.pid}) did not end within {timeout_s:g} s after signal {number or 9}"
            ) from None

    def announce_crash(self, number: int) -> None:
        """The next end by this signal (0: any) is expected. Raises `ControlError` when there is no process to crash."""
        self._living("expect a crash of")
        self.announced_crash = number

    def withdraw_crash(self) -> None:
        """The announced crash did not come; from now on an end is unasked again."""
        self.announced_crash = None

    async def suspend(self) -> None:
        """SIGSTOP; returns when the kernel shows the process as stopped."""
        child = self._living("suspend")
        child.signal(signal.SIGSTOP)
        await self._until_stopped(child, True)
        if self.state is not State.SUSPENDED:
            self._before_suspend = self.state
        self.state = State.SUSPENDED
        self._publish("SUSPENDED")

    async def resume(self) -> None:
        """SIGCONT; returns when the process runs again. Raises `ControlError` when it was not suspended."""
        if self.state is not State.SUSPENDED:
            raise ControlError(f"{self.name} is {self.state.value.lower()}, not suspended: nothing to resume")
        child = self._living("resume")
        child.signal(signal.SIGCONT)
        await self._until_stopped(child, False)
        self.state = self._before_suspend
        self._publish("RESUMED")

    def describe_end(self) -> str:
        """How the last incarnation ended, with the meaning of arangod's exit code."""
        return self._end.description if self._end is not None else "is running"

    def last_words(self) -> str:
        """The crash handler's backtrace if there is one, the ends of its log and of its output, for error texts."""
        if self._end is not None and self.state is State.EXITED:
            return self._end.last_words
        return last_lines_of(self.incarnation)

    def _living(self, verb: str) -> Child:
        """The process, for a verb on it. One that has ended unnoticed is refused: the verb must not excuse its end."""
        has_ended = self._child is not None and self._child.status is not None
        if self._child is None or not self.is_alive or has_ended:
            state = State.EXITED if has_ended else self.state
            raise ControlError(f"cannot {verb} {self.name}: it is {state.value.lower()}; start it first")
        return self._child

    async def _watch_for_end(self, child: Child, incarnation: Incarnation, exited: asyncio.Event) -> None:
        status = await child.wait()
        if self._asked_signal and status < 0 and -status not in (self._asked_signal, signal.SIGKILL):
            self._asked_by = ""  # it was dying of something else already, say writing its core
        if self.announced_crash is not None and status < 0 and self.announced_crash in (0, -status):
            self._asked_by, self.announced_crash = ANNOUNCED, None
        was_starting = self.state is State.STARTING
        if self.port_race is not None and was_starting and not self._asked_by:
            self.port_race.take_end(status)
        end = ServerEnd(
            incarnation=incarnation,
            pid=child.pid,
            status=status,
            asked_by=self._asked_by,
            node_id=self._hub.record.running_case(),
            was_starting=was_starting,
            port_race=self.port_race,
            was_stopping=self.state is State.STOPPING,
            was_stopped_while_starting=self._stopped_while_starting,
        )
        self.state = State.EXITED
        self.last_status, self._end = status, end
        child.signal_group(signal.SIGKILL)  # workers that it left behind
        self._publish(
            "EXITED",
            exit_code=max(status, 0),
            signal=max(-status, 0),
            expected=bool(end.asked_by),
            message=end.asked_by or end.description,
        )
        exited.set()
        await self._examine(end)

    async def _examine(self, end: ServerEnd) -> None:
        """Publishes what is found out about an end; another incarnation may run meanwhile."""
        core = await core_of(end, self.launcher)
        # before the finding about the end: a report is the cause, the death its consequence
        for report in sanitizer_findings(end.incarnation, self._hub.record, self._marks):
            self._hub.publish(result_pb2.Event(finding=report))
        finding = end.finding()
        if finding is not None:
            if core is not None:
                finding.message = located(finding.message, core.where)
                finding.details = f"{core.text}\n{finding.details}"
            self._hub.publish(result_pb2.Event(finding=finding))

    async def _until_stopped(self, child: Child, wanted: bool) -> None:
        loop = asyncio.get_running_loop()
        end_s = loop.time() + _STATE_CHANGE_TIMEOUT_S
        while _is_stopped(child.pid) is not wanted:
            if loop.time() > end_s or child.status is not None:
                state = "stopped" if wanted else "running"
                raise ControlError(f"{self.name} (pid {child.pid}) did not become {state}; {child!r}")
            await asyncio.sleep(0.002)  # the kernel offers no event for it

    def _publish(self, state: str, time_ns: int = 0, **fields: object) -> None:
        event = result_pb2.ServerEvent(
            server=self.name,
            role=deployment_pb2.Role.Value(self.plan.role.value),
            incarnation=self.incarnation_number,
            pid=self._child.pid if self._child else 0,
            state=result_pb2.ServerEvent.State.Value(state),
            directory=os.path.join("servers", self.name, str(self.incarnation_number)),
            **fields,
        )
        self._hub.publish(result_pb2.Event(server=event, time_unix_ns=time_ns))


def _is_stopped(pid: int) -> bool:
    """Whether the process is stopped by a signal (state T in proc(5)); False when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "T"
    except (OSError, IndexError):
        return False
