"""The verbs on faults, by gRPC: a part of `DeploymentControl`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import grpc
from armadillo_api.v1 import control_pb2, control_pb2_grpc

from ..errors import FaultError, FaultRequestError, FaultUnavailableError
from ..model.control_metadata import ERROR_METADATA
from .fault_keeper import FaultKeeper

if TYPE_CHECKING:
    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]


class FaultService(control_pb2_grpc.DeploymentControlServicer):
    """Inject, Heal and ListFaults; `ControlService` stands on it and has the other verbs."""

    def __init__(self, faults: FaultKeeper) -> None:
        self._faults = faults

    async def Inject(self, request: control_pb2.InjectRequest, context: Context) -> control_pb2.FaultReply:  # noqa: N802
        """Puts a fault in force; answers when that is proved."""

        async def inject() -> control_pb2.FaultReply:
            kept = await self._faults.inject(
                request.kind,
                list(request.targets),
                _parameters(request.parameters_json),
                asked_by=request.asked_by or "test",
                allow_unproved=request.allow_unproved,
            )
            return control_pb2.FaultReply(faults=[kept.message()])

        reply: control_pb2.FaultReply = await self._guarded(context, inject)
        return reply

    async def Heal(self, request: control_pb2.HealRequest, context: Context) -> control_pb2.FaultReply:  # noqa: N802
        """Takes one fault back, or all of them."""

        async def heal() -> control_pb2.FaultReply:
            if request.fault_id:
                healed = [await self._faults.heal(request.fault_id)]
            else:
                healed = await self._faults.heal_all()
                problems = [problem for kept in healed for problem in kept.problems]
                if problems:
                    raise type(problems[0])("; ".join(str(problem) for problem in problems))
            return control_pb2.FaultReply(faults=[kept.message() for kept in healed])

        reply: control_pb2.FaultReply = await self._guarded(context, heal)
        return reply

    async def ListFaults(  # noqa: N802
        self, request: control_pb2.ListFaultsRequest, context: Context
    ) -> control_pb2.FaultReply:
        """Those in force, the first begun first; with the healed ones before them when asked for."""
        kept = [*(self._faults.healed if request.with_healed else []), *self._faults.in_force]
        return control_pb2.FaultReply(faults=[one.message() for one in kept])

    async def _guarded(self, context: Context, action: Callable[[], Awaitable[Any]]) -> Any:
        """Turns our exceptions into gRPC statuses."""
        raise NotImplementedError


def fault_status(error: FaultError) -> grpc.StatusCode:
    """The status of an error about a fault, as control.proto says it."""
    if isinstance(error, FaultRequestError):
        return grpc.StatusCode.INVALID_ARGUMENT
    if isinstance(error, FaultUnavailableError):
        return grpc.StatusCode.UNIMPLEMENTED
    return grpc.StatusCode.FAILED_PRECONDITION


def set_error_name(context: Context, error: Exception) -> None:
    """The handles in the test make the same exception of it again."""
    context.set_trailing_metadata(((ERROR_METADATA, type(error).__name__),))


def _parameters(text: str) -> dict[str, Any]:
    try:
        read = json.loads(text or "{}")
    except ValueError as error:
        raise FaultRequestError(f"expected parameters_json to be a JSON object, found no JSON: {error}") from None
    if not isinstance(read, dict):
        raise FaultRequestError(f"expected parameters_json to be a JSON object, found {read!r}")
    return read
