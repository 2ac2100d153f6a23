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

    # -- disks: the target says faults = ["disk"], but for `corrupt_disk` --------------------------------------------
    def disk_full(self, *targets: Target, free_bytes: int = 0) -> PlannedFault:
        """Only so many more bytes can be written to its data directory (ENOSPC)."""
        return self.inject("disk.full", *targets, free_bytes=free_bytes)

    def disk_read_only(self, *targets: Target) -> PlannedFault:
        """Nothing in its data directory can be changed (EROFS)."""
        return self.inject("disk.read_only", *targets)

    def slow_disk(self, *targets: Target, write_delay_s: float = 0.01, fsync_delay_s: float = 0.1) -> PlannedFault:
        """Every write and every sync takes longer."""
        return self.inject("disk.slow", *targets, write_delay_s=write_delay_s, fsync_delay_s=fsync_delay_s)

    def failing_disk(
        self, *targets: Target, operations: str = "both", every_nth: int = 0, percent: float = 0.0
    ) -> PlannedFault:
        """Some writes or syncs fail (EIO): each `every_nth`, or `percent`. `operations`: "write", "fsync", "both"."""
        return self.inject("disk.failing", *targets, operations=operations, every_nth=every_nth, percent=percent)

    def lose_unsynced_writes(self, *targets: Target) -> PlannedFault:
        """When its process ends inside the block, what it wrote and did not sync is lost, as by a power failure."""
        return self.inject("disk.lose_unsynced_writes", *targets)

    def corrupt_disk(self, *targets: Target, how: str = "flip", files: str = "*", count: int = 1) -> PlannedFault:
        """Stopped, its data swapped for a copy with flipped bits or cut files; healed: started on the original."""
        return self.inject("disk.corrupt", *targets, how=how, files=files, count=count)

    # -- resources ----------------------------------------------------------------------------------------------------
    def memory_limit(self, *targets: Target, limit_bytes: int = 0, headroom_bytes: int = -1) -> PlannedFault:
        """It may have no more private memory: so much in all, or so much more than it has now."""
        return self.inject("resource.memory_limit", *targets, limit_bytes=limit_bytes, headroom_bytes=headroom_bytes)

    def cpu_limit(self, *targets: Target, share_percent: float = 10.0, turn_s: float = 0.1) -> PlannedFault:
        """It gets only this part of one core, in turns."""
        return self.inject("resource.cpu_limit", *targets, share_percent=share_percent, turn_s=turn_s)

    def open_files_limit(self, *targets: Target, headroom: int = 0) -> PlannedFault:
        """It may open only so many more files and sockets than it has open now."""
        return self.inject("resource.open_files_limit", *targets, headroom=headroom)

    # -- clocks: the target says faults = ["clock"] -------------------------------------------------------------------
    def clock_skew(self, *targets: Target, offset_s: float = 0.0) -> PlannedFault:
        """Its clock is off by a constant."""
        return self.inject("clock.skew", *targets, offset_s=offset_s)

    def clock_jump(self, *targets: Target, offset_s: float = 60.0, pause_s: float = 3.0) -> PlannedFault:
        """Its clock jumps away and back, over and over."""
        return self.inject("clock.jump", *targets, offset_s=offset_s, pause_s=pause_s)

    # -- ArangoDB -----------------------------------------------------------------------------------------------------
    def failure_point(self, name: str, *targets: Target) -> PlannedFault:
        """A failure point of ArangoDB is set, by default on all servers; only builds with failure tests have them."""
        return self.inject("arangodb.failure_point", *(targets or ("all",)), name=name)
