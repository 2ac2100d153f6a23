"""Spawning one incarnation of a server: directories, command line, environment, process."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..arangodb.command_line import command_line
from ..arangodb.installation import Installation
from ..arangodb.sanitizer_options import sanitizer_environment
from ..arangodb.server_environment import server_environment
from ..arangodb.server_plan import Incarnation, ServerPlan
from ..lcov.coverage_request import CoverageRequest
from ..model.deployment import Deployment
from ..net.network import Network
from ..observe.core_pattern import CorePattern, read_core_pattern
from ..process.guardian import RUN_ID_VARIABLE
from ..process.spawn import Spawned, spawn
from .preparation import Preparation, nothing_prepared

COVERAGE_STOP_SCALE = 3.0


@dataclass(frozen=True)
class Launcher:
    """What all servers of a run have in common; `agents` is the list of all agents' plans."""

    deployment: Deployment
    installation: Installation
    agents: Sequence[ServerPlan]
    jwt_secret_path: str
    run_id: str
    home: str
    inherited_env: Mapping[str, str]
    network: Network
    preparation: Preparation = field(default_factory=nothing_prepared)
    core_pattern: CorePattern = field(default_factory=read_core_pattern)
    next_launcher: Launcher | None = None
    """What servers are started by after their upgrade; None where there is none."""
    coverage: CoverageRequest | None = None
    """Where instrumented servers write what they count; None where nobody asked for it."""

    @property
    def stop_scale(self) -> float:
        """What the limit of a stop is multiplied by: an instrumented server writes its profile at its end."""
        return COVERAGE_STOP_SCALE if self.coverage is not None else 1.0

    def spawn(self, incarnation: Incarnation, extra_args: Sequence[str], wipe_data: bool) -> Spawned:
        """Starts a server process; raises OSError when the executable cannot be run or the disk is full."""
        plan = incarnation.plan
        if wipe_data:
            shutil.rmtree(incarnation.database_directory, ignore_errors=True)
        incarnation.make_directories()
        argv = command_line(
            incarnation,
            deployment=self.deployment,
            installation=self.installation,
            agents=self.agents,
            jwt_secret_path=self.jwt_secret_path,
            extra_args=extra_args,
        )
        with open(incarnation.command_path, "w", encoding="utf-8") as file:
            file.write("\n".join(argv) + "\n")
        env = server_environment(self.deployment, plan.role, self.installation, self.inherited_env, self.home)
        if self.installation.facts.sanitizer:
            env.update(sanitizer_environment(incarnation.directory, self.installation, self.deployment.env))
        if self.coverage is not None:
            env = {**self.coverage.server_environment(plan.name, incarnation.number), **env}
        env[RUN_ID_VARIABLE] = self.run_id
        start = self.preparation.of(incarnation, argv, env)
        with self.network.inside(plan.name):
            spawned = spawn(
                plan.name,
                start.argv,
                cwd=incarnation.working_directory,
                env=start.env,
                output_path=incarnation.output_path,
                pass_fds=start.pass_fds,
            )
        self.network.node_started(plan.name, spawned.popen.pid)
        return spawned
