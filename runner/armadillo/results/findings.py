"""Making events that carry a finding."""

from __future__ import annotations

from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome


def finding_event(
    kind: str, outcome: Outcome, message: str, *, details: str = "", server: str = "", node_id: str = ""
) -> result_pb2.Event:
    """An event with one finding; `message` is one line that can stand as the run's headline."""
    finding = result_pb2.Finding(
        kind=kind, outcome=outcome.value, message=message, details=details, server=server, node_id=node_id
    )
    return result_pb2.Event(finding=finding)
