"""What each server was doing when the tests ended: at the very end all of them are gone, which tells nothing."""

from __future__ import annotations

import enum
from typing import NamedTuple

from ..results.run_record import IncarnationRecord, RunRecord


class Health(enum.Enum):
    """How a server's state is drawn."""

    GOOD = ""
    AWAY = "away"
    FROZEN = "frozen-box"
    BAD = "bad"


class ServerState(NamedTuple):
    """One server with its incarnations and its state in a few words."""

    name: str
    role: int
    incarnations: list[IncarnationRecord]
    health: Health
    text: str


def server_states(record: RunRecord) -> list[ServerState]:
    """In the order in which they were started for the first time."""
    by_name: dict[str, list[IncarnationRecord]] = {}
    for one in record.incarnations:
        by_name.setdefault(one.started.server, []).append(one)
    blamed = {finding.server for finding in record.findings}
    return [
        ServerState(name, starts[-1].started.role, starts, *_state(starts, is_blamed=name in blamed))
        for name, starts in by_name.items()
    ]


def _state(starts: list[IncarnationRecord], *, is_blamed: bool) -> tuple[Health, str]:
    last, earlier = starts[-1], starts[:-1]
    exited = last.exited
    if exited is not None and not exited.expected:
        how = f"signal {exited.signal}" if exited.signal else f"exit code {exited.exit_code}"
        return Health.BAD, f"died: {how}"
    if any(one.exited is not None and not one.exited.expected for one in earlier):
        return Health.BAD, "died, started again"
    if last.suspensions and (last.suspensions[-1][1] == 0 or last.suspensions[-1][1] == last.stopping_ns):
        return Health.FROZEN, "suspended"
    if exited is not None and not last.was_stopped_by_runner:
        return Health.AWAY, f"ended by signal {exited.signal}" if exited.signal else "stopped by the test"
    if exited is not None and (exited.signal or exited.exit_code):
        how = f"signal {exited.signal}" if exited.signal else f"exit code {exited.exit_code}"
        return Health.BAD, f"did not stop cleanly: {how}"
    if last.ready_ns:
        return Health.GOOD, "ready until the end"
    # the others of a deployment that did not come up are no causes
    return (Health.BAD, "never ready") if is_blamed or exited is None else (Health.AWAY, "stopped while starting")
