"""What is prepared before servers start because a target's attribute `faults` asks for it.

Every run makes a `Preparation` before its servers start, most without anything to prepare: imports are late.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..arangodb.server_plan import Incarnation
from ..process.faketime import SHARED_MEMORY, clock_environment, remove_shared
from ..process.guardian import RUN_ID_VARIABLE

if TYPE_CHECKING:
    from armadillo_api.v1 import result_pb2

    from ..process.disk_control import DiskControl

DISK_SUPERVISOR_DIED = "disk_supervisor_died"
"""Kind of a finding: servers could not write any more, and it is not their fault."""


class PreparedStart(NamedTuple):
    """How a server's process is started: what `process.spawn.spawn` takes."""

    argv: Sequence[str]
    env: Mapping[str, str]
    pass_fds: tuple[int, ...]


class Preparation:
    """Owns the disk supervisor of a run, if it has one; without faults to prepare for it does nothing.

    `env` is what the supervisor gets; `is_instrumented` says that servers have a sanitizer, which wants to be loaded
    before anything else and so has no clock of its own.
    """

    def __init__(
        self,
        prepared: Collection[str],
        run_id: str,
        env: Mapping[str, str],
        *,
        is_instrumented: bool = False,
        is_in_lab: bool = False,
    ) -> None:
        self.disk: DiskControl | None = None
        if "disk" in prepared:
            from ..process.disk_control import DiskControl

            self.disk = DiskControl({**env, RUN_ID_VARIABLE: run_id})
        self._has_clock = "clock" in prepared and not is_instrumented
        self._run_id = run_id
        if self._has_clock and is_in_lab:
            from ..net import kernel_calls

            # What libfaketime shares between processes goes with the run's mount namespace, however the run ends.
            kernel_calls.mount("armadillo", SHARED_MEMORY, "tmpfs", kernel_calls.NO_SUID | kernel_calls.NO_DEVICES)

    def of(self, incarnation: Incarnation, argv: Sequence[str], env: Mapping[str, str]) -> PreparedStart:
        """The start of a server, with what is to be put around it."""
        plan = incarnation.plan
        pass_fds: tuple[int, ...] = ()
        if self._has_clock:
            shared_name = f"armadillo-{self._run_id}-{plan.name}-{incarnation.number}"
            env = {**env, **clock_environment(plan.data_directory, argv[0], shared_name)}
        if self.disk is not None:
            argv = self.disk.wrap(plan.name, incarnation.database_directory, argv)
            pass_fds = (self.disk.descriptor,)
        return PreparedStart(argv, env, pass_fds)

    async def look_at_the_end(self) -> list[result_pb2.Finding]:
        """A check of the gate: the disk supervisor runs until it is closed. Without it no server could write."""
        status = None if self.disk is None else self.disk.status
        if self.disk is None or status is None:
            return []
        from armadillo_api.v1 import result_pb2

        return [
            result_pb2.Finding(
                kind=DISK_SUPERVISOR_DIED,
                outcome=result_pb2.ERROR,
                message=f"the disk supervisor (pid {self.disk.pid}) ended with {status} while servers were below it",
                details="From then on every write of a server failed with ENOSYS: look at no other error before this.",
            )
        ]

    def close(self) -> None:
        """Ends the supervisor, and what is still below it."""
        if self.disk is not None:
            self.disk.close()
        if self._has_clock:
            remove_shared(self._run_id)


def nothing_prepared() -> Preparation:
    """For a target without the attribute `faults`."""
    return Preparation((), "", {})
