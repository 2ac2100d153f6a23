"""`DeploymentControl`: the verbs on the running deployment, by gRPC."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc
from armadillo_api.v1 import control_pb2, deployment_pb2
from google.protobuf import json_format

from ..errors import ConditionTimeoutError, ControlError, FaultError, ServerError
from ..model.role import Role
from .fault_keeper import FaultKeeper
from .fault_service import FaultService, fault_status, set_error_name
from .running_deployment import RunningDeployment
from .running_server import RunningServer
from .server_upgrade import ServerUpgrade

if TYPE_CHECKING:
    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True)
class RunFacts:
    """What `Describe` tells beside the servers; the two JSON texts are those of the spec and the facts file."""

    deployment_json: str
    facts_json: str
    seed: int
    network_tier: str
    missing_requirement: str
    outputs_directory: str


class ControlService(FaultService):
    """One method for each verb; each answers when its effect is proved."""

    def __init__(self, deployment: RunningDeployment, facts: RunFacts, faults: FaultKeeper) -> None:
        super().__init__(faults)
        self._deployment = deployment
        self._facts = facts

    async def Describe(self, request: control_pb2.DescribeRequest, context: Context) -> control_pb2.DescribeReply:  # noqa: N802
        """The deployment as it is now, or as soon as it is ready."""
        if request.wait_until_ready and not self._facts.missing_requirement:
            ready = self._deployment.ready
            await self._guarded(context, lambda: asyncio.shield(ready))
        return self.description()

    async def Start(self, request: control_pb2.StartRequest, context: Context) -> control_pb2.ServerReply:  # noqa: N802
        """Starts a server that is down."""
        server = await self._server(request.server, context)
        await self._guarded(
            context,
            lambda: self._deployment.start_server(
                server.name, request.extra_args, request.wipe_data, not request.no_wait, request.timeout_s
            ),
        )
        return _reply(server)

    async def Stop(self, request: control_pb2.StopRequest, context: Context) -> control_pb2.ServerReply:  # noqa: N802
        """Stops a server politely."""
        server = await self._server(request.server, context)
        timeout_s = request.timeout_s or self._deployment.stop_timeout_s
        await self._guarded(context, lambda: server.stop(timeout_s, "test"))
        return _reply(server)

    async def Kill(self, request: control_pb2.KillRequest, context: Context) -> control_pb2.ServerReply:  # noqa: N802
        """Kills a server by a signal."""
        server = await self._server(request.server, context)
        await self._guarded(context, lambda: server.kill(request.signal, "test"))
        return _reply(server)

    async def ExpectCrash(  # noqa: N802
        self, request: control_pb2.ExpectCrashRequest, context: Context
    ) -> control_pb2.ServerReply:
        """Takes an announcement of a crash, or takes it back."""
        server = await self._server(request.server, context)

        async def announce() -> None:
            if request.withdraw:
                server.withdraw_crash()
            else:
                server.announce_crash(request.signal)

        await self._guarded(context, announce)
        return _reply(server)

    async def Suspend(self, request: control_pb2.SuspendRequest, context: Context) -> control_pb2.ServerReply:  # noqa: N802
        """Freezes a server."""
        server = await self._server(request.server, context)
        await self._guarded(context, server.suspend)
        return _reply(server)

    async def Resume(self, request: control_pb2.ResumeRequest, context: Context) -> control_pb2.ServerReply:  # noqa: N802
        """Thaws a server."""
        server = await self._server(request.server, context)
        await self._guarded(context, server.resume)
        return _reply(server)

    async def Restart(self, request: control_pb2.RestartRequest, context: Context) -> control_pb2.ServerReply:  # noqa: N802
        """Stops and starts a server."""
        server = await self._server(request.server, context)

        async def restart() -> None:
            if server.is_alive:
                await server.stop(self._deployment.stop_timeout_s, "test")
            await self._deployment.start_server(
                server.name, request.extra_args, request.wipe_data, True, request.timeout_s
            )

        await self._guarded(context, restart)
        return _reply(server)

    async def RestartAll(  # noqa: N802
        self, request: control_pb2.RestartAllRequest, context: Context
    ) -> control_pb2.DescribeReply:
        """Restarts the whole deployment."""
        await self._guarded(context, lambda: self._deployment.restart_all(request.kill, request.timeout_s))
        return self.description()

    async def Upgrade(self, request: control_pb2.UpgradeRequest, context: Context) -> control_pb2.ServerReply:  # noqa: N802
        """Brings a server to the distribution that the target is upgraded to."""
        server = await self._server(request.server, context)
        upgrade = ServerUpgrade(self._deployment, self._deployment.hub)
        await self._guarded(
            context,
            lambda: upgrade.upgrade(
                server.name, wait=not request.no_wait, timeout_s=request.timeout_s, wipe_data=request.wipe_data
            ),
        )
        return _reply(server)

    async def AddServer(self, request: control_pb2.AddServerRequest, context: Context) -> control_pb2.ServerReply:  # noqa: N802
        """Adds a dbserver or coordinator."""
        if request.role not in (deployment_pb2.DBSERVER, deployment_pb2.COORDINATOR):
            message = f"expected role DBSERVER or COORDINATOR, found {request.role}"
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, message)
        role = Role(deployment_pb2.Role.Name(request.role))
        added = await self._guarded(
            context, lambda: self._deployment.add_server(role, request.extra_args, request.timeout_s)
        )
        return _reply(added)

    async def WaitFor(self, request: control_pb2.WaitForRequest, context: Context) -> control_pb2.ServerReply:  # noqa: N802
        """Waits until a server is ready or has ended."""
        server = await self._server(request.server, context)
        if request.condition == control_pb2.WaitForRequest.READY:
            await self._guarded(context, lambda: self._deployment.wait_ready(server.name, request.timeout_s))
        elif request.condition == control_pb2.WaitForRequest.EXITED:
            await self._guarded(context, lambda: _wait_exited(server, request.timeout_s))
        else:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "expected condition READY or EXITED, found none")
        return _reply(server)

    async def _server(self, name: str, context: Context) -> RunningServer:
        try:
            return self._deployment.server(name)
        except KeyError as error:
            await context.abort(grpc.StatusCode.NOT_FOUND, str(error.args[0]))
            raise

    async def _guarded(self, context: Context, action: Callable[[], Awaitable[Any]]) -> Any:
        """Turns our exceptions into gRPC statuses; the message is the exception's."""
        try:
            return await action()
        except FaultError as error:
            set_error_name(context, error)
            await context.abort(fault_status(error), str(error))
        except (TimeoutError, ConditionTimeoutError) as error:
            await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, str(error) or "the deadline passed")
        except (ControlError, ServerError, OSError) as error:
            set_error_name(context, error)
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return None

    def description(self) -> control_pb2.DescribeReply:
        """The deployment as it is now, with the facts of the run."""
        facts = self._facts
        return control_pb2.DescribeReply(
            deployment=json_format.Parse(facts.deployment_json, deployment_pb2.Deployment()),
            facts=json_format.Parse(facts.facts_json, deployment_pb2.ServerFacts(), ignore_unknown_fields=True),
            servers=[server_message(server) for server in self._deployment.servers.values()],
            jwt_secret=self._deployment.jwt_secret,
            root_password="",
            seed=facts.seed,
            network_tier=facts.network_tier,
            missing_requirement=facts.missing_requirement,
            outputs_directory=facts.outputs_directory,
            time_scale=self._deployment.time_scale,
        )


async def _wait_exited(server: RunningServer, timeout_s: float) -> None:
    try:
        await asyncio.wait_for(server.wait_exited(), timeout_s or None)
    except TimeoutError:
        raise ConditionTimeoutError(f"{server.name} has ended", timeout_s, server.state.value.lower()) from None


def server_message(server: RunningServer) -> control_pb2.Server:
    """A server as the control service shows it."""
    status = server.last_status
    return control_pb2.Server(
        name=server.name,
        role=deployment_pb2.Role.Value(server.plan.role.value),
        endpoint=server.plan.advertised_http_endpoint,
        state=control_pb2.Server.State.Value(server.state.value),
        pid=server.pid,
        incarnation=server.incarnation_number,
        exit_code=max(status, 0) if status is not None else 0,
        signal=max(-status, 0) if status is not None else 0,
        log_path=server.incarnation.log_path,
        data_directory=server.incarnation.database_directory,
    )


def _reply(server: RunningServer) -> control_pb2.ServerReply:
    return control_pb2.ServerReply(server=server_message(server))
