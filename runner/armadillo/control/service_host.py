"""The gRPC server of a run, on a Unix socket."""

from __future__ import annotations

import grpc
from armadillo_api.v1 import control_pb2, control_pb2_grpc, result_pb2_grpc

from ..results.hub import Hub
from .authentication import TokenInterceptor
from .control_service import ControlService, RunFacts
from .fault_keeper import FaultKeeper
from .running_deployment import RunningDeployment
from .sink_service import SinkService

_STOP_GRACE_S = 0.1


class ServiceHost:
    """Serves both services; `stop` ends them."""

    def __init__(self, server: grpc.aio.Server, control: ControlService) -> None:
        self._server = server
        self._control = control

    def describe(self) -> control_pb2.DescribeReply:
        """What the verb of this name answers now."""
        return self._control.description()

    @classmethod
    async def start(
        cls,
        socket_path: str,
        token: str,
        hub: Hub,
        deployment: RunningDeployment,
        facts: RunFacts,
        *,
        faults: FaultKeeper,
    ) -> ServiceHost:
        """Binds the socket and serves; raises RuntimeError (gRPC's) when it cannot be bound."""
        server = grpc.aio.server(interceptors=[TokenInterceptor(token)])
        result_pb2_grpc.add_ResultSinkServicer_to_server(SinkService(hub), server)
        control = ControlService(deployment, facts, faults)
        control_pb2_grpc.add_DeploymentControlServicer_to_server(control, server)
        server.add_insecure_port(f"unix:{socket_path}")
        await server.start()
        return cls(server, control)

    async def stop(self) -> None:
        """Ends both services; calls under way are cut."""
        await self._server.stop(_STOP_GRACE_S)
