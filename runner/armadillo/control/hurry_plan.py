"""How the time between a deadline and Bazel's own limit is shared out: looking, stopping, writing.

Whatever a run hangs in, its verdict and its evidence must be written before Bazel kills it. So nothing that is done
after a deadline has a limit of its own: each step gets its share of what is left, and a cap where more would not help.
"""

from __future__ import annotations

from dataclasses import dataclass

_SNAPSHOT_SHARE, _SNAPSHOT_MOST_S = 0.15, 3.0
_ANALYSIS_SHARE, _ANALYSIS_MOST_S = 0.30, 7.0
_STOP_TESTS_SHARE, _STOP_TESTS_MOST_S = 0.15, 3.0
_HEAL_SHARE, _HEAL_MOST_S = 0.10, 2.0
_STOP_SERVERS_SHARE, _STOP_SERVERS_MOST_S = 0.20, 3.0
"""The rest, a tenth, is for writing the verdict."""
_AFTER_SIGTERM_S = 2.0
"""After its SIGTERM Bazel waits 15 seconds by default, and less where it was told to."""


@dataclass(frozen=True)
class HurryPlan:
    """Limits of the steps after a deadline, in seconds and in their order; `stop_servers_s` is that of one role."""

    snapshot_s: float
    analysis_s: float
    stop_tests_s: float
    heal_s: float
    stop_servers_s: float

    @property
    def stops_patiently(self) -> bool:
        """Whether a server has time enough to stop that one which does not is to blame."""
        return self.stop_servers_s >= _STOP_SERVERS_MOST_S


def plan_hurry(left_s: float | None, role_count: int) -> HurryPlan:
    """The plan for what is left until Bazel's limit, None where there is none; servers are stopped role by role."""
    if left_s is None:
        left_s = float("inf")
    return HurryPlan(
        snapshot_s=min(left_s * _SNAPSHOT_SHARE, _SNAPSHOT_MOST_S),
        analysis_s=min(left_s * _ANALYSIS_SHARE, _ANALYSIS_MOST_S),
        stop_tests_s=min(left_s * _STOP_TESTS_SHARE, _STOP_TESTS_MOST_S),
        heal_s=min(left_s * _HEAL_SHARE, _HEAL_MOST_S),
        stop_servers_s=min(left_s * _STOP_SERVERS_SHARE / max(role_count, 1), _STOP_SERVERS_MOST_S),
    )


def plan_after_sigterm() -> HurryPlan:
    """Somebody ends the run from outside, and says not how long he waits: the look is short."""
    return HurryPlan(
        snapshot_s=_AFTER_SIGTERM_S * 0.3,
        analysis_s=_AFTER_SIGTERM_S * 0.7,
        stop_tests_s=_STOP_TESTS_MOST_S,
        heal_s=_HEAL_MOST_S,
        stop_servers_s=_STOP_SERVERS_MOST_S,
    )
