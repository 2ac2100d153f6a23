"""What faults draw from the run's seed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from armadillo.control.fault_ground import RunGround
from armadillo.net.no_links import NoLinks


def draws(*cases: str, seed: int = 42) -> dict[str, list[int]]:
    """Two choices in each of these cases, one after the other in one run."""
    deployment: Any = SimpleNamespace(running_case="")
    ground = RunGround(cast(Any, deployment), links=NoLinks("none here"), tier="leases", seed=seed)
    found = {}
    for case in cases:
        deployment.running_case = case
        found[case] = [ground.random.getrandbits(31), ground.random.getrandbits(31)]
    return found


def test_a_case_alone_has_the_choices_that_it_had_among_others() -> None:
    """So the command that repeats one case repeats its faults."""
    assert draws("a", "b", "c")["c"] == draws("c")["c"]


def test_choices_differ_by_case_and_by_seed() -> None:
    """One after the other, from case to case, and from run to run with another seed."""
    found = draws("a", "b")
    assert len({*found["a"], *found["b"], *draws("a", seed=43)["a"]}) == 6
