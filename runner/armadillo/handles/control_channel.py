"""`ControlChannel`: the verbs of the runner's control service, with our exceptions instead of gRPC's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc
from armadillo_api.v1 import control_pb2, control_pb2_grpc

from .. import errors
from ..model.control_metadata import ERROR_METADATA, TOKEN_METADATA
from .channel_options import CHANNEL_OPTIONS, target_of

_LONGEST_VERB_S = 900.0


class ControlChannel:
    """Calls the runner; belongs to one event loop. Every verb answers when its effect is proved."""

    def __init__(self, socket_path: str, token: str) -> None:
        self._channel = grpc.aio.insecure_channel(target_of(socket_path), options=CHANNEL_OPTIONS)
        self._stub = control_pb2_grpc.DeploymentControlStub(self._channel)
        self._metadata = ((TOKEN_METADATA, token),)
        self.has_injected = False
        """Whether a fault was ever asked for here: who looks for those that were left has nothing to ask else."""

    async def describe(self) -> control_pb2.DescribeReply:
        """The deployment as it is now."""
        return await self._call("Describe", control_pb2.DescribeRequest())

    async def verb(self, name: str, **fields: Any) -> control_pb2.Server:
        """Start, Stop, Kill, Suspend, Resume, Restart, Upgrade, AddServer or WaitFor; answers the server as it is then.

        Raises `ServerStartError` when a server does not become ready, `ConditionTimeoutError` when a time limit
        passed, `ControlError` for everything else that the runner refuses.
        """
        request_type = getattr(control_pb2, f"{name}Request")
        return (await self._call(name, request_type(**fields))).server

    async def inject(self, **fields: Any) -> control_pb2.Fault:
        """Puts a fault in force; `fields` are those of `InjectRequest`. Raises the `FaultError` that the runner had."""
        self.has_injected = True
        return (await self._call("Inject", control_pb2.InjectRequest(**fields))).faults[0]

    async def heal(self, fault_id: str) -> control_pb2.Fault:
        """Takes a fault back; raises the `FaultError` that the runner had."""
        return (await self._call("Heal", control_pb2.HealRequest(fault_id=fault_id))).faults[0]

    async def faults(self, *, with_healed: bool = False) -> list[control_pb2.Fault]:
        """The faults in force, the first begun first."""
        reply = await self._call("ListFaults", control_pb2.ListFaultsRequest(with_healed=with_healed))
        return list(reply.faults)

    async def restart_all(self, kill: bool, timeout_s: float) -> control_pb2.DescribeReply:
        """Restarts every server; answers when the deployment is ready again."""
        return await self._call("RestartAll", control_pb2.RestartAllRequest(kill=kill, timeout_s=timeout_s))

    async def close(self) -> None:
        """Closes the channel."""
        await self._channel.close()

    async def _call(self, name: str, request: Any) -> Any:
        call = getattr(self._stub, name)
        try:
            return await call(request, metadata=self._metadata, timeout=_LONGEST_VERB_S, wait_for_ready=True)
        except grpc.aio.AioRpcError as error:
            raise translated(error, name, request) from None


def translated(error: grpc.RpcError, verb: str, request: Any) -> errors.ArmadilloError:
    """Our exception for a gRPC status; the text is the runner's own."""
    code: Any = error.code()
    text = error.details() or code.name
    server = getattr(request, "server", "") or "the deployment"
    what = f"{_words(verb)} {server}"
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        return errors.ConditionTimeoutError(what, getattr(request, "timeout_s", 0.0) or _LONGEST_VERB_S, text)
    raised = dict(_metadata(error)).get(ERROR_METADATA, "")
    if raised in ("ServerStartError", "ServerDiedError", "ServerStopError"):
        kind: type[errors.ServerError] = getattr(errors, raised)
        message, _, details = text.partition("\n")
        return kind(server, message, details)
    if raised.startswith("Fault"):
        fault_error: type[errors.FaultError] = getattr(errors, raised, errors.FaultError)
        return fault_error(text)
    if code is grpc.StatusCode.UNAVAILABLE:
        text = f"the runner does not answer ({text}); it has ended or is being stopped"
    return errors.ControlError(f"{what}: {text}")


def _metadata(error: grpc.RpcError) -> Mapping[str, str]:
    return {key: str(value) for key, value in error.trailing_metadata() or ()}


def _words(verb: str) -> str:
    """ "RestartAll" as "restart all"."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in verb).strip()
