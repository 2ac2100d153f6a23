"""`ResultSink`: the test process's events go into the hub."""

from __future__ import annotations

from typing import Any

import grpc
from armadillo_api.v1 import result_pb2, result_pb2_grpc

from ..results.flakiness import may_try_again
from ..results.hub import Hub
from ..results.output_budget import OutputBudget


class SinkService(result_pb2_grpc.ResultSinkServicer):
    """Answers when the events are in the event log: what a test process reported survives its death."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._budget = OutputBudget()

    async def Publish(  # noqa: N802 - gRPC's name
        self, request: result_pb2.PublishRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> result_pb2.PublishReply:
        """Takes a batch of events."""
        for event in request.events:
            self._budget.trim(event)
        self._hub.publish(*request.events)
        failed = [event.case_attempt_failed for event in request.events if event.HasField("case_attempt_failed")]
        may = bool(failed) and may_try_again(self._hub.record, failed[-1].node_id)
        return result_pb2.PublishReply(last_sequence=self._hub.last_sequence, may_try_again=may)
