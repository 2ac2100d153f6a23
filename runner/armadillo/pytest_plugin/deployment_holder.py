"""`DeploymentHolder`: the deployment's handle on its way between hooks and fixtures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import pytest
from armadillo_api.v1 import control_pb2, result_pb2

from ..errors import ArmadilloError
from ..handles.blocking import run as run_blocking
from ..model.distribution import ServerFacts
from .reporting import RunnerLink
from .surroundings import Surroundings

if TYPE_CHECKING:
    from ..handles.cluster import Cluster
    from ..handles.server import Server
    from ..handles.single_server import SingleServer

HOLDER = pytest.StashKey["DeploymentHolder"]()
"""Where the session's holder is in pytest's stash."""

RECOVERED = "armadillo.recovered"
"""Property of a case that left servers down: their names."""


class DeploymentHolder:
    """Waits for the deployment, and holds the one handle of it as long as the session's loop lives."""

    def __init__(self, surroundings: Surroundings, link: RunnerLink) -> None:
        self.surroundings = surroundings
        self._link = link
        self._description: control_pb2.DescribeReply | None = None
        self._deployment: Cluster | SingleServer | None = None
        self._last: Cluster | SingleServer | None = None
        self.left_down: dict[str, str] = {}
        """Servers that the last case itself put down and did not bring back: "down" or "suspended" by name."""

    def wait_until_ready(self) -> control_pb2.DescribeReply:
        """The description of the ready deployment; raises `ServerStartError`."""
        if self._description is None:
            self._description = self._link.wait_until_ready()
        return self._description

    def note(self, text: str, *, is_routine: bool = False) -> None:
        """Puts a text into the run's log, in the order of things; it is a warning, unless it `is_routine`."""
        self._link.publish(result_pb2.Event(note=result_pb2.Note(text=text, is_routine=is_routine)))

    @property
    def description(self) -> control_pb2.DescribeReply:
        """What the runner said when the deployment was ready."""
        return self.wait_until_ready()

    @property
    def facts(self) -> ServerFacts:
        """What the server said about itself."""
        from ..handles.run import facts_of

        return facts_of(self.description)

    async def open(self) -> Cluster | SingleServer:
        """Makes the handle on the running loop."""
        from ..handles.control_channel import ControlChannel
        from ..handles.run import Run

        control = ControlChannel(self.surroundings.control_socket, self.surroundings.control_token)
        run = Run(control, self.description)
        run.transport.on_request = self._link.requests.add
        if self.surroundings.spec.deployment.is_cluster:
            from ..handles.cluster import Cluster

            cluster = Cluster(run)
            await cluster.learn_ids()
            self._deployment = self._last = cluster
            return cluster
        from ..handles.single_server import SingleServer

        self._deployment = self._last = SingleServer(run)
        return self._deployment

    @property
    def servers(self) -> list[Server]:
        """All servers as the handles know them, also when the last handle has been closed; none before the first."""
        return self._last.servers if self._last is not None else []

    async def close(self) -> None:
        """Closes all connections of the handle."""
        deployment, self._deployment = self._deployment, None
        if deployment is not None:
            await deployment.close()

    def faults_in_force(self) -> Sequence[control_pb2.Fault]:
        """The faults in force, the first begun first; asks the runner only where one was ever started.

        Also when the last handle has been closed. Raises `ArmadilloError`.
        """
        if self._last is None or not self._last.has_started_faults:
            return []
        return self._link.faults_in_force()

    @property
    def held_servers(self) -> set[str]:
        """Names of the servers that faults in force hit: they are not to be brought back, and may not answer."""
        return {name for fault in self.faults_in_force() for name in fault.servers}

    def heal(self, fault: control_pb2.Fault) -> None:
        """Takes a fault back; raises `ArmadilloError`."""
        try:
            self._link.heal(fault.fault_id)
        finally:
            if self._deployment is not None:
                run_blocking(self._deployment.look_again(fault.servers), self._deployment.loop)

    def recover_after(self, item: pytest.Item, held: Collection[str] = ()) -> ArmadilloError | None:
        """Makes ready what the case left down, so that its fixtures and the next case find a whole deployment.

        Servers in `held` stay as they are: a fault has them that is still in force. The names go into the case's
        properties. Answers the error when that cannot be done.
        """
        deployment = self._deployment
        self.left_down = {}
        if deployment is None:
            return None
        put_down = {
            server.name: "suspended" if server.state == "SUSPENDED" else "down"
            for server in deployment.servers
            if server.was_put_down
        }
        try:
            recovered = deployment.blocking.recover(except_for=held)
            self.left_down = {name: state for name, state in put_down.items() if name in recovered}
            if recovered:
                item.user_properties.append((RECOVERED, ", ".join(recovered)))
                deployment.blocking.wait_until_ready()
        except ArmadilloError as error:
            return error
        return None
