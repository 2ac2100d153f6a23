"""`Nemeses`: what a test holds to have faults come and go beside it."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from ..errors import FaultRequestError
from ..handles.deployment import Deployment
from ..model.role import Role
from .nemesis import Nemesis, running
from .nemesis_plan import DEFAULT_CHOICES, FaultChoice, NemesisPlan, make_plan

FOLDER = "nemesis"
"""Where plans lie in the outputs."""


class Nemeses:
    """Makes nemeses for one case; `name` begins the names of their plans' files in `directory`.

    `say` takes what people should read in the run's log. With `replayed_from`, the path of a stored plan, that plan is
    done instead of a new one.
    """

    def __init__(
        self,
        deployment: Deployment,
        *,
        name: str,
        directory: str,
        seed: int,
        replayed_from: str,
        say: Callable[[str], None],
    ) -> None:
        self._deployment = deployment
        self._name = name
        self._directory = os.path.join(directory, FOLDER)
        self._seed = seed
        self._replayed_from = replayed_from
        self._say = say
        self._made = 0

    @asynccontextmanager
    async def running(
        self,
        duration_s: float = 30.0,
        *,
        choices: Sequence[FaultChoice] = DEFAULT_CHOICES,
        pause_s: tuple[float, float] = (0.5, 3.0),
        at_once: int = 1,
        seed: int | None = None,
    ) -> AsyncIterator[Nemesis]:
        """Faults come and go inside the block, for `duration_s` or until the block ends; behind it all are healed.

        `choices` are the faults to draw from, `pause_s` the time from the end of one to the next, least and most,
        `at_once` how many may be in force at a time; never two on one server, and never a majority of agents or of
        dbservers. The plan follows from `seed`, by default from the run's and the case; it is printed and stored before
        it begins. `await nemesis.finished()` waits for its end. Raises `FaultRequestError` when no choice fits the
        deployment.
        """
        plan = self._stored_plan() or make_plan(
            self._own_seed() if seed is None else seed,
            self._servers(),
            duration_s,
            choices=choices,
            pause_s=pause_s,
            at_once=at_once,
        )
        path = self._store(plan)
        self._say(f"{plan.describe()}\nit is done again by --test_arg=--replay-plan=FILE with the file {path}")
        async with running(self._deployment.faults, plan, self._say) as nemesis:
            yield nemesis

    def _own_seed(self) -> int:
        """Another for each case and nemesis of a run, the same in every run with its seed."""
        return random.Random(f"{self._seed}:{self._name}:{self._made}").getrandbits(31)

    def _servers(self) -> dict[Role, list[str]]:
        servers = self._deployment.servers
        return {role: [server.name for server in servers if server.role is role] for role in Role}

    def _stored_plan(self) -> NemesisPlan | None:
        if not self._replayed_from:
            return None
        try:
            with open(self._replayed_from, encoding="utf-8") as file:
                return NemesisPlan.from_json(file.read(), self._replayed_from)
        except OSError as error:
            raise FaultRequestError(
                f"expected a plan of a nemesis in {self._replayed_from} (--replay-plan), an absolute path; it cannot "
                f"be read: {error.strerror}"
            ) from None

    def _store(self, plan: NemesisPlan) -> str:
        """Writes the plan to the outputs; answers its path relative to them."""
        self._made += 1
        suffix = "" if self._made == 1 else f"_{self._made}"
        os.makedirs(self._directory, exist_ok=True)
        with open(os.path.join(self._directory, f"{self._name}{suffix}.json"), "w", encoding="utf-8") as file:
            file.write(plan.to_json())
        return os.path.join(FOLDER, os.path.basename(file.name))
