"""The plan of a nemesis: which faults, on whom, when and for how long. Pure: the same seed gives the same plan."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ..errors import FaultRequestError
from ..model.role import Role

_NETWORK = "network."
_DRAWS = 20
"""How often another fault is drawn when one does not fit beside those that are in force."""


@dataclass(frozen=True)
class FaultChoice:
    """A fault that a nemesis may choose. `weight` is relative to the others'; `hold_s` is from least to most.

    `roles` are the roles of the servers that it may hit (one role at a time), `at_most` how many of them at once.
    """

    kind: str
    roles: tuple[Role, ...] = (Role.DBSERVER, Role.COORDINATOR, Role.AGENT)
    weight: float = 1.0
    at_most: int = 1
    hold_s: tuple[float, float] = (1.0, 4.0)
    parameters: Mapping[str, Any] = field(default_factory=dict)


DEFAULT_CHOICES = (
    FaultChoice("process.kill", weight=3.0),
    FaultChoice("process.suspend", weight=3.0, hold_s=(1.0, 8.0)),
    FaultChoice("process.terminate"),
    FaultChoice("network.isolate", weight=3.0, hold_s=(1.0, 8.0)),
)
"""What a nemesis does unless it is told otherwise: all of it can be had in the lab and by proxies."""


@dataclass(frozen=True)
class Step:
    """One fault of the plan: begins `at_s` after the plan's start and is healed `hold_s` later."""

    number: int
    at_s: float
    hold_s: float
    kind: str
    targets: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def end_s(self) -> float:
        """When it is healed, after the plan's start."""
        return self.at_s + self.hold_s

    def describe(self) -> str:
        """One line for people."""
        measures = "".join(f" {name}={value}" for name, value in self.parameters.items())
        return f"{self.at_s:7.2f} s  {self.kind} {', '.join(self.targets)}{measures} for {self.hold_s:.2f} s"


@dataclass(frozen=True)
class NemesisPlan:
    """What a nemesis is going to do; `to_json` and `from_json` keep it for a repetition."""

    seed: int
    steps: tuple[Step, ...]

    def describe(self) -> str:
        """The whole plan for people, one step a line."""
        lines = "\n".join(f"  {step.number:3}. {step.describe()}" for step in self.steps)
        return f"nemesis with seed {self.seed}, {len(self.steps)} faults:\n{lines}"

    def to_json(self) -> str:
        """The plan as a JSON text; `from_json` reads it again."""
        return json.dumps({"seed": self.seed, "steps": [asdict(step) for step in self.steps]}, indent=2) + "\n"

    @staticmethod
    def from_json(text: str, source: str) -> NemesisPlan:
        """Reads a plan; raises `FaultRequestError` that names `source` and what is wrong with it."""
        try:
            data = json.loads(text)
            steps = tuple(Step(**{**step, "targets": tuple(step["targets"])}) for step in data["steps"])
            return NemesisPlan(int(data["seed"]), steps)
        except (ValueError, KeyError, TypeError) as error:
            raise FaultRequestError(
                f"expected a plan of a nemesis in {source}, as a run writes it to nemesis/*.json of its outputs; "
                f"found what cannot be read as one: {type(error).__name__}: {error}"
            ) from None


def make_plan(
    seed: int,
    servers: Mapping[Role, Sequence[str]],
    duration_s: float,
    *,
    choices: Sequence[FaultChoice] = DEFAULT_CHOICES,
    pause_s: tuple[float, float] = (0.5, 3.0),
    at_once: int = 1,
) -> NemesisPlan:
    """Draws a plan from the seed: at most `at_once` faults at a time, never two on one server, and of the agents and
    of the dbservers never more than a minority at a time, so that the deployment as a whole can go on. A fault is
    healed before `duration_s` is over. Raises `FaultRequestError` when no choice fits the deployment.
    """
    fitting = [choice for choice in choices if _candidates(choice, servers, ())]
    if not fitting or at_once < 1 or duration_s <= 0:
        kinds = ", ".join(choice.kind for choice in choices)
        raise FaultRequestError(
            f"no plan can be made: expected a duration above 0 s (found {duration_s:g}), at_once of 1 or more (found "
            f"{at_once}), and of {kinds or 'no kinds'} one whose roles have servers enough to leave a majority"
        )
    return _Drawing(random.Random(seed), servers, fitting, duration_s).plan(seed, pause_s, at_once)


@dataclass(frozen=True)
class _Drawing:
    draw: random.Random
    servers: Mapping[Role, Sequence[str]]
    choices: Sequence[FaultChoice]
    duration_s: float

    def plan(self, seed: int, pause_s: tuple[float, float], at_once: int) -> NemesisPlan:
        """Each lane has one fault after the other; the lane that is free first is next."""
        steps: list[Step] = []
        lanes = [self.draw.uniform(*pause_s) for _ in range(at_once)]
        while min(lanes) < self.duration_s:
            lane = lanes.index(min(lanes))
            step = self._step(len(steps) + 1, lanes[lane], [one for one in steps if one.end_s > lanes[lane]])
            if step is not None:
                steps.append(step)
            lanes[lane] = (step.end_s if step else lanes[lane]) + self.draw.uniform(*pause_s)
        return NemesisPlan(seed, tuple(steps))

    def _step(self, number: int, at_s: float, active: Sequence[Step]) -> Step | None:
        """One that fits beside the active ones; None when none was found, or when there is no time left for one."""
        for _ in range(_DRAWS):
            choice = self.draw.choices(self.choices, [choice.weight for choice in self.choices])[0]
            hold_s = round(self.draw.uniform(*choice.hold_s), 3)
            candidates = {} if _share_links(choice, active) else _candidates(choice, self.servers, active)
            if not candidates or at_s + hold_s > self.duration_s:
                continue
            role = self.draw.choice(sorted(candidates, key=lambda role: role.value))
            free, room = candidates[role]
            targets = tuple(sorted(self.draw.sample(free, self.draw.randint(1, min(choice.at_most, room)))))
            return Step(number, round(at_s, 3), hold_s, choice.kind, targets, dict(choice.parameters))
        return None


def _share_links(choice: FaultChoice, active: Iterable[Step]) -> bool:
    """Two network faults of different servers still meet on the link between these."""
    return choice.kind.startswith(_NETWORK) and any(step.kind.startswith(_NETWORK) for step in active)


def _candidates(
    choice: FaultChoice, servers: Mapping[Role, Sequence[str]], active: Iterable[Step]
) -> dict[Role, tuple[list[str], int]]:
    """By role: the servers that are free, and how many of them may be hit."""
    hit = {name for step in active for name in step.targets}
    found = {}
    for role in choice.roles:
        names = servers.get(role, ())
        room = most_at_once(role, len(names)) - len(hit.intersection(names))
        free = [name for name in names if name not in hit]
        if room > 0 and free:
            found[role] = (free, min(room, len(free)))
    return found


def most_at_once(role: Role, count: int) -> int:
    """How many servers of a role may be hit at a time: a minority of those that keep state, all but one of others.

    A single server may be hit: nobody can take over, and a test of its durability wants it so.
    """
    if role is Role.SINGLE:
        return count
    return count - 1 if role is Role.COORDINATOR else (count - 1) // 2
