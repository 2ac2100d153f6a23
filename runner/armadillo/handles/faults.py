"""`Faults`: what a test can do to its servers, their network, disks and clocks.

Every fault is a block: in force and proved when the block begins, gone and proved behind it, also when the test fails.

    async with faults.isolate(leader):
        ...

Targets are `Server`s, `Shard`s (their leaders), or words: a name, a role, "agency leader", "2 random dbservers",
"leader of mydb/people"; docs/faults.md lists them. Several in a list are one group.
"""

from __future__ import annotations

import signal as signal_module
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from .fault import PlannedFault, StartedFault, start_fault
from .network_faults import NetworkFaults
from .server import Server
from .shard import Shard

Target: TypeAlias = "str | Server | Shard | Iterable[str | Server | Shard]"


class Faults(NetworkFaults):
    """The kinds of faults, each a method; `inject` takes any kind by its name."""

    # -- generic ------------------------------------------------------------------------------------------------------
    async def start(
        self,
        kind: str,
        targets: Sequence[Target],
        parameters: Mapping[str, Any] | None = None,
        asked_by: str = "test",
        *,
        allow_unproved: bool = False,
    ) -> StartedFault:
        """Puts a fault in force outside of a block; who does so heals it: `await fault.heal()`."""
        return await start_fault(
            self._run, kind, targets, parameters or {}, asked_by=asked_by, allow_unproved=allow_unproved
        )

    async def in_force(self) -> list[StartedFault]:
        """The faults that are in force now, the first begun first."""
        return [StartedFault(self._run, message) for message in await self._run.control.faults()]

    async def heal_all(self) -> None:
        """Heals all that are in force, the last begun first; raises what the last failed one raised."""
        problem: Exception | None = None
        for fault in reversed(await self.in_force()):
            try:
                await fault.heal()
            except Exception as error:
                problem = error
        if problem is not None:
            raise problem

    # -- processes ----------------------------------------------------------------------------------------------------
    def kill(self, *targets: Target) -> PlannedFault:
        """Dead by SIGKILL; healed: started again on its data."""
        return self.inject("process.kill", *targets)

    def terminate(self, *targets: Target, timeout_s: float = 60.0) -> PlannedFault:
        """Stopped in an orderly way; the fault is broken when that takes longer than `timeout_s`."""
        return self.inject("process.terminate", *targets, timeout_s=timeout_s)

    def suspend(self, *targets: Target) -> PlannedFault:
        """Frozen by SIGSTOP: keeps its connections, answers nobody; healed: goes on."""
        return self.inject("process.suspend", *targets)

    def crash(self, *targets: Target, signal: str | signal_module.Signals = "SIGABRT") -> PlannedFault:
        """Crashed by a signal that writes a core, which the run's evidence has then; it fails nothing."""
        name = signal.name if isinstance(signal, signal_module.Signals) else signal
        return self.inject("process.crash", *targets, signal=name)

    async def restart(self, *targets: Target, wipe_data: bool = False, kill: bool = False) -> StartedFault:
        """Ended and started again, all together; when it returns they are ready, and nothing is left to heal."""
        return await self.start("process.restart", targets, {"wipe_data": wipe_data, "kill": kill})

    def restart_with(self, *targets: Target, extra_args: Sequence[str], kill: bool = False) -> PlannedFault:
        """Runs with more options of arangod; healed: restarted without them."""
        return self.inject("process.restart", *targets, extra_args=list(extra_args), kill=kill)

    async def rolling_restart(self, *targets: Target, kill: bool = False) -> StartedFault:
        """Restarted one by one, agents first and coordinators last, each when the one before is healthy."""
        return await self.start("process.rolling_restart", targets or ("all",), {"kill": kill})

    # -- disks --------------------------------------------------------------------------------------------------------
    def disk_full(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """No space is left for its data directory."""
        return self.inject("disk.full", *targets, **parameters)

    def disk_read_only(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Its data directory cannot be written."""
        return self.inject("disk.read_only", *targets, **parameters)

    def slow_disk(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Its writes and fsyncs take longer."""
        return self.inject("disk.slow", *targets, **parameters)

    def failing_disk(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Its writes and fsyncs fail."""
        return self.inject("disk.failing", *targets, **parameters)

    def lose_unsynced_writes(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Killed as by a power failure: what it had not synced is lost."""
        return self.inject("disk.lose_unsynced_writes", *targets, **parameters)

    # -- resources and clocks -----------------------------------------------------------------------------------------
    def memory_limit(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """It may have only so much memory."""
        return self.inject("resource.memory_limit", *targets, **parameters)

    def cpu_limit(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """It gets only a part of the processor's time."""
        return self.inject("resource.cpu_limit", *targets, **parameters)

    def open_files_limit(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """It may have only so many files and sockets open."""
        return self.inject("resource.open_files_limit", *targets, **parameters)

    def clock_skew(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Its clock is off by a constant, or goes faster or slower."""
        return self.inject("clock.skew", *targets, **parameters)

    def clock_jump(self, *targets: Target, **parameters: Any) -> PlannedFault:
        """Its clock jumps once."""
        return self.inject("clock.jump", *targets, **parameters)

    # -- ArangoDB -----------------------------------------------------------------------------------------------------
    def failure_point(self, name: str, *targets: Target) -> PlannedFault:
        """A failure point of ArangoDB is set, by default on all servers; only builds with failure tests have them."""
        return self.inject("arangodb.failure_point", *(targets or ("all",)), name=name)
