"""What is prepared before servers start because a target's attribute `faults` asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ..arangodb.server_plan import Incarnation
from ..net import kernel_calls
from ..process.disk_control import DiskControl
from ..process.faketime import SHARED_MEMORY, clock_environment, remove_shared
from ..process.guardian import RUN_ID_VARIABLE


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
        self.disk = DiskControl({**env, RUN_ID_VARIABLE: run_id}) if "disk" in prepared else None
        self._has_clock = "clock" in prepared and not is_instrumented
        self._run_id = run_id
        if self._has_clock and is_in_lab:
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

    def close(self) -> None:
        """Ends the supervisor, and what is still below it."""
        if self.disk is not None:
            self.disk.close()
        if self._has_clock:
            remove_shared(self._run_id)


def nothing_prepared() -> Preparation:
    """For a target without the attribute `faults`."""
    return Preparation((), "", {})
