"""Calls of the runner's two services, with one exception for all that it refuses."""

from __future__ import annotations

from typing import Any

import grpc
from armadillo_api.v1 import control_pb2_grpc, result_pb2_grpc

from ..handles.channel_options import CHANNEL_OPTIONS, target_of
from ..model.control_metadata import TOKEN_METADATA

_LONGEST_VERB_S = 900.0
_WRONG_USE = (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT)


class Refusal(Exception):
    """The runner's own text; `is_wrong_use` when the words were wrong, not the moment."""

    def __init__(self, text: str, is_wrong_use: bool = False) -> None:
        super().__init__(text)
        self.is_wrong_use = is_wrong_use


class RunnerLink:
    """One connection; every call is answered when its effect is proved."""

    def __init__(self, socket_path: str, token: str) -> None:
        self._channel = grpc.insecure_channel(target_of(socket_path), options=CHANNEL_OPTIONS)
        self._control = control_pb2_grpc.DeploymentControlStub(self._channel)
        self._sink = result_pb2_grpc.ResultSinkStub(self._channel)
        self._metadata = ((TOKEN_METADATA, token),)

    def control(self, verb: str, request: Any) -> Any:
        """A verb of the control service; raises `Refusal`."""
        return self._call(getattr(self._control, verb), request)

    def publish(self, request: Any) -> Any:
        """Events for the run's log; raises `Refusal`."""
        return self._call(self._sink.Publish, request)

    def _call(self, method: Any, request: Any) -> Any:
        try:
            return method(request, metadata=self._metadata, timeout=_LONGEST_VERB_S)
        except grpc.RpcError as error:
            code: Any = error.code()
            text = error.details() or code.name
            if code is grpc.StatusCode.UNAVAILABLE:
                text = f"the runner does not answer ({text}); it has ended or is being stopped"
            raise Refusal(text, code in _WRONG_USE) from None
