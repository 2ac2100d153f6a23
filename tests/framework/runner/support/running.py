"""Deployments of tiny_arangod processes, run by the runner's own rooms."""

from __future__ import annotations

import asyncio
import os
import secrets
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from armadillo.arangodb.installation import Installation
from armadillo.arangodb.server_plan import ServerPlan
from armadillo.control.fault_ground import RunGround
from armadillo.control.fault_keeper import FaultKeeper
from armadillo.control.launcher import Launcher
from armadillo.control.preparation import Preparation
from armadillo.control.running_deployment import RunningDeployment
from armadillo.model.deployment import Deployment
from armadillo.model.role import START_FIRST, Role
from armadillo.net.address_lease import lease_subnet
from armadillo.net.leased_network import LeasedNetwork
from armadillo.net.network import Network
from armadillo.net.no_links import NoLinks
from armadillo.net.open_network import NETWORK_FAULTS
from armadillo.net.proxied_network import ProxiedNetwork
from armadillo.net.tier import network_tier
from armadillo.process.guardian import kill_marked
from armadillo.results.hub import Hub

from tests.framework.runner.support import tiny_arangod
from tests.framework.runner.support.plans import ARANGODB_3_12_WITHOUT_V8, installation


def write_tiny_arangod(directory: Path) -> str:
    """An executable that is tiny_arangod, with its own pid as the runner sees it."""
    path = directory / "arangod"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tiny_arangod.__file__}" "$@"\n', encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


class World:
    """Everything around one deployment of a test: addresses, directories, hub."""

    def __init__(
        self,
        tmp_path: Path,
        deployment: Deployment,
        executable: str = "",
        sanitizer: str = "",
        spawn_first: bool = True,
    ) -> None:
        self.tmp_path = tmp_path
        self.deployment = deployment
        self.run_id = secrets.token_hex(8)
        kind = ProxiedNetwork if NETWORK_FAULTS in deployment.prepared_faults else LeasedNetwork
        self.network: Network = kind(lease_subnet(), network_tier())
        where: Installation = installation(
            replace(ARANGODB_3_12_WITHOUT_V8, sanitizer=sanitizer),
            executable=executable or write_tiny_arangod(tmp_path),
            resource_directory="",
        )
        plans = [self.plan(name, role) for name, role in deployment.server_names()]
        self.preparation = Preparation(deployment.prepared_faults, self.run_id, os.environ)
        self.launcher = Launcher(
            deployment=deployment,
            installation=where,
            agents=[plan for plan in plans if plan.role is Role.AGENT],
            jwt_secret_path="",
            run_id=self.run_id,
            home=str(tmp_path),
            inherited_env=os.environ,
            network=self.network,
            preparation=self.preparation,
        )
        self.hub = Hub(str(tmp_path), str(tmp_path / "test.xml"))
        self.running = RunningDeployment(
            deployment=deployment,
            launcher=self.launcher,
            plans=plans,
            new_plan=lambda role, number: self.plan(f"{role.server_prefix}-{number}", role),
            jwt_secret="",
            time_scale=1.0,
            hub=self.hub,
        )
        ground = RunGround(
            self.running,
            links=NoLinks("no links in this test"),
            tier="leases",
            seed=42,
            prepared=frozenset(deployment.prepared_faults),
            disk=self.preparation.disk,
        )
        self.faults = FaultKeeper(ground, self.hub)
        self.running.adopt(
            self.launcher.spawn(plan.incarnation(1), (), False)
            for plan in plans
            if spawn_first and plan.role in START_FIRST
        )

    def plan(self, name: str, role: Role) -> ServerPlan:
        """A server with directories below the test's."""
        address = self.network.add_node(name)
        return ServerPlan(
            name=name,
            role=role,
            address=address.listening,
            advertised_address=address.advertised,
            user_args=self.deployment.args_of(name, role),
            data_directory=str(self.tmp_path / "data" / name),
            evidence_directory=str(self.tmp_path / "servers"),
        )

    def log_of(self, name: str, incarnation: int = 1) -> str:
        """A server's own log."""
        return (self.tmp_path / "servers" / name / str(incarnation) / "arangod.log").read_text(encoding="utf-8")

    def findings(self) -> list[tuple[str, str]]:
        """Kind and message of what was found so far."""
        return [(finding.kind, finding.message) for finding in self.hub.record.findings]


@asynccontextmanager
async def world(tmp_path: Path, deployment: Deployment, **fields: Any) -> AsyncIterator[World]:
    """A deployment whose first servers are spawned; afterwards no process of it is left."""
    made = World(tmp_path, deployment, **fields)
    try:
        yield made
    finally:
        await asyncio.to_thread(kill_marked, made.run_id)
        made.preparation.close()
        for server in made.running.servers.values():
            await server.wait_examined()
        made.network.close()
