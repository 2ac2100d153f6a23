"""What is known of a run: a fold over its events. Every report is a function of this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from armadillo_api.v1 import result_pb2

from ..model.outcome import Outcome
from .fault_record import FaultRecord
from .request_trail import RequestTrail
from .resource_series import ResourceSeries, Sample

ServerState = result_pb2.ServerEvent.State
RUNNER = "runner"
"""Who asked for an end that belongs to the end of the run."""


@dataclass
class CaseRecord:
    """One pytest case: what it is, and how it went so far."""

    case: result_pb2.Case
    started_ns: int = 0
    finished: result_pb2.CaseFinished | None = None
    finished_ns: int = 0
    failed_attempts: list[result_pb2.CaseAttemptFailed] = field(default_factory=list)
    """Those after which another one came, in their order."""

    @property
    def is_running(self) -> bool:
        """Started, but not heard of since."""
        return self.started_ns > 0 and self.finished is None


@dataclass
class IncarnationRecord:
    """One start of one server."""

    started: result_pb2.ServerEvent
    started_ns: int
    ready_ns: int = 0
    exited_ns: int = 0
    exited: result_pb2.ServerEvent | None = None
    stopping_ns: int = 0
    stopping: result_pb2.ServerEvent | None = None
    suspensions: list[tuple[int, int]] = field(default_factory=list)
    """Begin and end of each time it was frozen; the end is 0 while it is."""

    @property
    def was_stopped_by_runner(self) -> bool:
        """Whether its end was the run's, not a test's or its own doing."""
        return self.stopping is not None and self.stopping.message == RUNNER


@dataclass
class RunRecord:
    """All that the events told; `apply` adds one more."""

    started: result_pb2.RunStarted = field(default_factory=result_pb2.RunStarted)
    started_ns: int = 0
    last_ns: int = 0
    was_collected: bool = False
    in_other_shards: int = 0
    """Cases that are other shards' work."""
    cases: dict[str, CaseRecord] = field(default_factory=dict)
    collection_errors: list[result_pb2.CollectionError] = field(default_factory=list)
    incarnations: list[IncarnationRecord] = field(default_factory=list)
    findings: list[result_pb2.Finding] = field(default_factory=list)
    finding_times_ns: list[int] = field(default_factory=list)
    """When each of `findings` was found."""
    resources: ResourceSeries = field(default_factory=ResourceSeries)
    requests: RequestTrail = field(default_factory=RequestTrail)
    faults: dict[str, FaultRecord] = field(default_factory=dict)
    """By their id, in the order in which they were first heard of."""
    notes: list[str] = field(default_factory=list)
    routine: list[tuple[int, str]] = field(default_factory=list)
    """Time and text of notes that are no warnings."""
    stop_reason: str = ""
    """Why pytest was told to stop before its last case."""
    test_process: result_pb2.TestProcessExited | None = None
    finished: result_pb2.RunFinished | None = None

    @property
    def samples(self) -> dict[str, list[Sample]]:
        """What each process used over time: by the server's name, and "runner" and "tests"."""
        return self.resources.samples

    def apply(self, event: result_pb2.Event) -> None:
        """Takes one event in; kinds that it does not know are left out."""
        self.last_ns = event.time_unix_ns
        kind = event.WhichOneof("kind")
        if kind == "run_started":
            self.started, self.started_ns = event.run_started, event.time_unix_ns
        elif kind == "cases_collected":
            self._collect(event.cases_collected)
        elif kind in ("case_started", "case_attempt_failed", "case_finished"):
            self._case_event(event, kind)
        elif kind == "server":
            self._server(event.server, event.time_unix_ns)
        elif kind == "finding":
            self.findings.append(event.finding)
            self.finding_times_ns.append(event.time_unix_ns)
        elif kind == "resource_sample":
            self.resources.apply(event.resource_sample, event.time_unix_ns)
        elif kind == "request_batch":
            self.requests.apply(event.request_batch)
        elif kind == "fault":
            fault = self.faults.setdefault(event.fault.fault_id, FaultRecord(event.fault))
            fault.steps.append((event.time_unix_ns, event.fault))
        elif kind == "tests_stopped":
            self.stop_reason = event.tests_stopped.reason
        elif kind == "note":
            self._note(event.note, event.time_unix_ns)
        elif kind == "test_process_exited":
            self.test_process = event.test_process_exited
        elif kind == "run_finished":
            self.finished = event.run_finished

    @property
    def is_empty_shard(self) -> bool:
        """Whether all cases that were asked for are other shards' work, so that nothing to run is no mistake."""
        return self.in_other_shards > 0 and not self.cases

    @property
    def has_unasked_end(self) -> bool:
        """Whether a server died by itself, also where the finding about it is not there yet."""
        return any(one.exited is not None and not one.exited.expected for one in self.incarnations)

    def running_case(self) -> str:
        """Node id of the case that runs now; "" between cases."""
        return next((node_id for node_id, record in self.cases.items() if record.is_running), "")

    def stage(self) -> str:
        """Where in the run it is now, as part of a sentence: "during <case>", or where between cases."""
        running = self.running_case()
        if running:
            return f"during {running}"
        if not any(record.started_ns for record in self.cases.values()):
            return "before the first case"
        return (
            "between two cases" if any(not record.finished for record in self.cases.values()) else "after the last case"
        )

    def outcomes(self) -> list[Outcome]:
        """The outcomes of all finished cases."""
        return [Outcome(record.finished.outcome) for record in self.cases.values() if record.finished]

    def _collect(self, collected: result_pb2.CasesCollected) -> None:
        self.was_collected = True
        self.in_other_shards = collected.in_other_shards
        self.cases.pop(collected.instead_of, None)
        for case in collected.cases:
            self.cases.setdefault(case.node_id, CaseRecord(case)).case = case
        self.collection_errors.extend(collected.errors)

    def _case(self, node_id: str) -> CaseRecord:
        return self.cases.setdefault(node_id, CaseRecord(result_pb2.Case(node_id=node_id, name=node_id)))

    def _case_event(self, event: result_pb2.Event, kind: str) -> None:
        record = self._case(getattr(event, kind).node_id)
        if kind == "case_started":
            record.started_ns = event.time_unix_ns
        elif kind == "case_attempt_failed":
            record.failed_attempts.append(event.case_attempt_failed)
        else:
            record.started_ns = record.started_ns or event.time_unix_ns
            record.finished, record.finished_ns = event.case_finished, event.time_unix_ns
            # a failure after which no attempt came is the case's own
            del record.failed_attempts[max(event.case_finished.attempts - 1, 0) :]

    def _note(self, note: result_pb2.Note, time_unix_ns: int) -> None:
        if note.is_routine:
            self.routine.append((time_unix_ns, note.text))
        else:
            self.notes.append(note.text)

    def _server(self, event: result_pb2.ServerEvent, time_ns: int) -> None:
        if event.state == ServerState.STARTED:
            self.incarnations.append(IncarnationRecord(event, time_ns))
            return
        for record in reversed(self.incarnations):
            if record.started.server == event.server and record.started.incarnation == event.incarnation:
                if event.state == ServerState.READY:
                    record.ready_ns = time_ns
                elif event.state == ServerState.EXITED:
                    record.exited, record.exited_ns = event, time_ns
                elif event.state == ServerState.STOPPING:
                    record.stopping, record.stopping_ns = event, time_ns
                elif event.state == ServerState.SUSPENDED:
                    record.suspensions.append((time_ns, 0))
                elif event.state == ServerState.RESUMED and record.suspensions:
                    record.suspensions[-1] = (record.suspensions[-1][0], time_ns)
                return


def fold(events: Iterable[result_pb2.Event]) -> RunRecord:
    """The record of a stored log, so that any report can be made again."""
    record = RunRecord()
    for event in events:
        record.apply(event)
    return record
