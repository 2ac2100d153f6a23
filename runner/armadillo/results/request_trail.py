"""The requests that the test process sent in a run, as far as they were told."""

from __future__ import annotations

from typing import NamedTuple

from armadillo_api.v1 import result_pb2

from ..model.sent_request import SentRequest


class ToldRequest(NamedTuple):
    """A request, and the case that ran when it ended ("" between cases)."""

    request: SentRequest
    node_id: str


class RequestTrail:
    """All told requests by the time of their end, and how many more there were; the plug-in caps their number."""

    def __init__(self) -> None:
        self.told: list[ToldRequest] = []
        self.left_out = 0
        """Quick ones with a good answer that were only counted."""
        self.notable_left_out = 0
        """Slow or failed ones that were only counted."""

    def apply(self, batch: result_pb2.RequestBatch) -> None:
        """Takes one event in."""
        node_id = batch.node_id
        self.left_out += batch.left_out
        self.notable_left_out += batch.notable_left_out
        self.told += [
            ToldRequest(
                SentRequest(
                    one.started_unix_ns,
                    one.duration_us * 1000,
                    one.method,
                    one.path,
                    one.endpoint,
                    one.status,
                    one.error,
                ),
                node_id,
            )
            for one in batch.requests
        ]
