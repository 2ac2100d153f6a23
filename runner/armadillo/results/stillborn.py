"""The record of a run that could not begin: no server, no address, no arangod."""

from __future__ import annotations

from armadillo_api.v1 import result_pb2

from ..model.distribution import ServerFacts
from ..model.outcome import Outcome
from .findings import finding_event
from .hub import Hub
from .judgement import INFRASTRUCTURE
from .verdict import EXIT_CODES, INFRASTRUCTURE_EXIT_CODE


def record_stillborn_run(
    *,
    target: str,
    facts: ServerFacts,
    server_label: str,
    message: str,
    started_s: float,
    xml_path: str,
    outputs_directory: str,
    is_infrastructure: bool = False,
) -> int:
    """Writes event log, `test.xml`, `results.json` and `index.json` with one error; answers the exit code."""
    hub = Hub(outputs_directory, xml_path, live_xml=False)
    started = result_pb2.RunStarted(
        target=target,
        server_label=server_label,
        server_version=facts.version,
        server_standin=facts.standin,
    )
    exit_code = INFRASTRUCTURE_EXIT_CODE if is_infrastructure else EXIT_CODES[Outcome.ERROR]
    kind = INFRASTRUCTURE if is_infrastructure else "run_not_started"
    first_line = message.splitlines()[0] if message else "the run could not begin"
    hub.publish(
        result_pb2.Event(run_started=started, time_unix_ns=int(started_s * 1e9)),
        finding_event(kind, Outcome.ERROR, first_line, details=message),
        result_pb2.Event(
            run_finished=result_pb2.RunFinished(outcome=Outcome.ERROR.value, headline=first_line, exit_code=exit_code)
        ),
    )
    hub.finish()
    return exit_code
