"""The plan of a nemesis is a function of its seed, and never takes away a majority."""

from __future__ import annotations

from itertools import pairwise

import pytest
from armadillo.errors import FaultRequestError
from armadillo.model.role import Role
from armadillo.scenario.nemesis_plan import DEFAULT_CHOICES, FaultChoice, NemesisPlan, make_plan, most_at_once

SERVERS = {
    Role.AGENT: ["agent-1", "agent-2", "agent-3"],
    Role.DBSERVER: [f"dbserver-{number}" for number in range(1, 6)],
    Role.COORDINATOR: ["coordinator-1", "coordinator-2"],
}
SEEDS = range(100)


def plan_of(seed: int, at_once: int = 3) -> NemesisPlan:
    """A minute of faults, three at a time."""
    return make_plan(seed, SERVERS, 60.0, at_once=at_once)


def test_the_seed_repeats_the_decisions() -> None:
    """The same seed draws the same plan, another one another."""
    assert plan_of(7) == plan_of(7)
    assert plan_of(7) != plan_of(8)


def test_every_plan_has_steps_that_end_in_time() -> None:
    """No plan is empty, and no fault outlives the duration."""
    for seed in SEEDS:
        steps = plan_of(seed).steps
        assert steps
        assert all(0 <= step.at_s < step.end_s <= 60.0 for step in steps), seed


def test_at_most_a_minority_is_hit_at_a_time() -> None:
    """At each beginning, the servers that are hit leave a majority of agents and of dbservers, and a coordinator."""
    for seed in SEEDS:
        steps = plan_of(seed).steps
        for moment in steps:
            active = [step for step in steps if step.at_s <= moment.at_s < step.end_s]
            hit = [name for step in active for name in step.targets]
            assert len(hit) == len(set(hit)), f"seed {seed}: one server is hit twice at {moment.at_s}"
            for role, names in SERVERS.items():
                assert len(set(hit) & set(names)) <= most_at_once(role, len(names)), f"seed {seed} at {moment.at_s}"


def test_two_network_faults_are_never_in_force_at_once() -> None:
    """They would meet on the link between their servers."""
    for seed in SEEDS:
        network = [step for step in plan_of(seed).steps if step.kind.startswith("network.")]
        for before, after in pairwise(network):
            assert before.end_s <= after.at_s, seed


def test_one_at_a_time_is_the_default() -> None:
    """Without `at_once` each fault is healed before the next one begins."""
    for seed in SEEDS:
        steps = make_plan(seed, SERVERS, 60.0).steps
        assert all(before.end_s <= after.at_s for before, after in pairwise(steps)), seed


def test_weights_decide_how_often() -> None:
    """A choice of weight 0 never comes, whatever the seed."""
    choices = [FaultChoice("process.kill", weight=0.0), FaultChoice("process.suspend")]
    for seed in SEEDS:
        kinds = {step.kind for step in make_plan(seed, SERVERS, 60.0, choices=choices).steps}
        assert kinds == {"process.suspend"}


def test_a_plan_is_read_back_as_it_was_written() -> None:
    """JSON keeps all of a plan, so that a stored one can be done again."""
    plan = make_plan(3, SERVERS, 60.0, choices=[FaultChoice("network.delay", parameters={"delay_ms": 20})])
    assert NemesisPlan.from_json(plan.to_json(), "plan.json") == plan


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seed": 1, "steps": [{"number": 1}]}', '{"seed": 1, "steps": 3}'])
def test_what_is_no_plan_is_refused_by_name(text: str) -> None:
    """The error names the file and what a plan is."""
    with pytest.raises(FaultRequestError, match=r"plan of a nemesis in plan\.json"):
        NemesisPlan.from_json(text, "plan.json")


def test_a_deployment_without_room_for_a_fault_is_refused() -> None:
    """Two dbservers have no minority to lose; the error names kinds and reason."""
    choices = [FaultChoice("process.kill", roles=(Role.DBSERVER,))]
    with pytest.raises(FaultRequestError, match=r"process\.kill .* leave a majority"):
        make_plan(1, {Role.DBSERVER: ["dbserver-1", "dbserver-2"]}, 10.0, choices=choices)


def test_a_single_server_may_be_hit() -> None:
    """Nobody takes over for it; its durability is what such a plan asks for."""
    steps = make_plan(1, {Role.SINGLE: ["single-1"]}, 60.0, choices=[_for_all(choice) for choice in DEFAULT_CHOICES])
    assert {name for step in steps.steps for name in step.targets} == {"single-1"}


def _for_all(choice: FaultChoice) -> FaultChoice:
    return FaultChoice(choice.kind, roles=tuple(Role))
