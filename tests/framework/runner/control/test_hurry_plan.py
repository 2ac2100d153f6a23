"""What is left after a deadline is shared out so that the end comes before Bazel's own."""

from __future__ import annotations

import pytest
from armadillo.control.hurry_plan import plan_after_sigterm, plan_hurry


@pytest.mark.parametrize("left_s", [0.0, 0.5, 1.0, 5.0, 30.0, 3600.0])
@pytest.mark.parametrize("roles", [1, 3])
def test_all_steps_together_leave_time_for_the_verdict(left_s: float, roles: int) -> None:
    """A tenth of the time at least, whatever hangs and however many roles are stopped one after the other."""
    plan = plan_hurry(left_s, roles)
    steps_s = plan.snapshot_s + plan.analysis_s + plan.stop_tests_s + plan.heal_s + plan.stop_servers_s * roles
    assert steps_s <= left_s * 0.9 + 1e-9
    assert min(plan.snapshot_s, plan.analysis_s, plan.stop_tests_s, plan.stop_servers_s) >= 0


def test_no_step_takes_longer_than_helps() -> None:
    """With all the time in the world, or without any limit, the caps hold, and servers may stop at their ease."""
    assert plan_hurry(None, 3) == plan_hurry(3600.0, 3)
    assert plan_hurry(None, 3).analysis_s + plan_hurry(None, 3).snapshot_s == 10.0
    assert plan_hurry(None, 3).stops_patiently
    assert not plan_hurry(5.0, 1).stops_patiently


def test_after_a_sigterm_the_look_is_short() -> None:
    """Nobody says how long he waits until SIGKILL."""
    plan = plan_after_sigterm()
    assert plan.snapshot_s + plan.analysis_s == pytest.approx(2.0)
