"""A test in any language: started when the deployment is ready, and its end turned into cases.

It is one case named after the program until it has ended; when it wrote a test.xml of its own, those cases take that
one's place. So a server that dies meanwhile, and a deadline, have a case in which they fell.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from armadillo_api.v1 import control_pb2, result_pb2

from ..model.outcome import Outcome
from ..process import stop_ladder
from ..process.spawn import Spawned
from ..results.findings import finding_event
from ..results.hub import Hub
from ..results.output_budget import OutputBudget
from ..results.program_xml import ProgramCase, ProgramXml, read_program_xml
from .description_file import write_description
from .program_gate import ProgramGate
from .program_output import ProgramOutput

SHARDING_IGNORED = "sharding_ignored"
_NOT_EXECUTABLE = {126: "the program cannot be executed", 127: "the program, or one that it calls, was not found"}
"""What the shell in front of it says by its exit code; others may use the same numbers."""


class TestProgram:
    """One program of one run. `spawn`, then `attach`, `begin` or nothing, `conclude`."""

    __test__ = False  # not a test class, whatever pytest makes of its name

    def __init__(self, path: str, *, root: str, deployment_path: str, xml_path: str, shard_status_path: str) -> None:
        """`path` is relative to `root`, the workspace in the runfiles; the other files are made by us or by it."""
        name = os.path.basename(path)
        self.case = result_pb2.Case(
            node_id=f"{path}::{name}", file=path, class_name=os.path.dirname(path).replace("/", "."), name=name
        )
        self._path = path
        self._root = root
        self._deployment_path = deployment_path
        self._xml_path = xml_path
        self._shard_status_path = shard_status_path
        self._gate: ProgramGate
        self._output: ProgramOutput
        self._hub: Hub
        self._begun_ns = 0
        self._is_sharded = False

    def spawn(self, fifo_path: str, words: Sequence[str], *, cwd: str, env: Mapping[str, str]) -> Spawned:
        """Starts what becomes the program; raises OSError."""
        for path in (self._xml_path, self._shard_status_path, self._deployment_path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
        self._is_sharded = int(env.get("TEST_TOTAL_SHARDS") or 1) > 1
        self._gate = ProgramGate(fifo_path)
        return self._gate.spawn("test process", words, cwd=cwd, env=env)

    def attach(self, hub: Hub) -> None:
        """Tells the case, and passes output on from now; needs the running event loop."""
        self._hub = hub
        self._output = ProgramOutput(self._gate.output_fd)
        self._output.start()
        hub.publish(result_pb2.Event(cases_collected=result_pb2.CasesCollected(cases=[self.case])))

    def begin(self, description: control_pb2.DescribeReply) -> None:
        """The deployment is ready, or will never be because the server lacks what the target requires."""
        if description.missing_requirement:
            skipped = self._finished(Outcome.SKIPPED, description.missing_requirement)
            self._hub.publish(result_pb2.Event(case_finished=skipped))
            self._gate.refuse()
            return
        write_description(self._deployment_path, description)
        started = result_pb2.Event(case_started=result_pb2.CaseStarted(node_id=self.case.node_id))
        self._hub.publish(started)
        self._begun_ns = started.time_unix_ns
        self._gate.open()

    def conclude(self, status: int, was_asked: bool) -> None:
        """Publishes how it ended, by an exit code or a negative signal; `was_asked` when the runner ended it."""
        self._output.finish()
        self._gate.close()
        if not self._begun_ns:
            return
        told = read_program_xml(self._xml_path, self._path, self._root)
        if told.problem:
            text = f"the test.xml of {self._path} is left out: {told.problem}; its exit code counts"
            self._hub.publish(result_pb2.Event(note=result_pb2.Note(text=text)))
        own = self._own_case(status, was_asked, told)
        budget = OutputBudget()
        events = self._merged(told.cases, is_own_kept=own is not None)
        if own is not None:
            events.append(result_pb2.Event(case_finished=own))
        for event in events:
            budget.trim(event)
        self._hub.publish(*events, *self._findings(status, was_asked))

    def _own_case(self, status: int, was_asked: bool, told: ProgramXml) -> result_pb2.CaseFinished | None:
        """The case that is the program itself; None when those that it told say all that it would say."""
        how = stop_ladder.describe_status(status)
        if was_asked:
            return self._finished(Outcome.TIMEOUT, f"did not end, and was stopped: {how}")
        if status < 0:
            return self._finished(Outcome.CRASHED, f"died: {stop_ladder.explain_status(status)}")
        if not told.cases:
            hint = f" ({_NOT_EXECUTABLE[status]})" if status in _NOT_EXECUTABLE else ""
            return self._finished(Outcome.FAILED if status else Outcome.PASSED, f"ended with {how}{hint}")
        if status and all(Outcome(one.finished.outcome).is_good for one in told.cases):
            return self._finished(Outcome.FAILED, f"ended with {how}, but no case in its test.xml failed")
        return None

    def _findings(self, status: int, was_asked: bool) -> list[result_pb2.Event]:
        if was_asked:
            return []
        if status < 0:
            message = f"the test process died: {self._path}: {stop_ladder.explain_status(status)}"
            tail, node_id = self._output.tail, self.case.node_id
            return [finding_event("test_process_died", Outcome.CRASHED, message, details=tail, node_id=node_id)]
        if self._is_sharded and not os.path.exists(self._shard_status_path):
            message = (
                f"{self._path} ran all its cases in each shard: it did not touch the file in TEST_SHARD_STATUS_FILE; "
                "remove shard_count, or use a test framework that knows Bazel's sharding"
            )
            return [finding_event(SHARDING_IGNORED, Outcome.FAILED, message)]
        return []

    def _finished(self, outcome: Outcome, message: str) -> result_pb2.CaseFinished:
        begun_ns = self._begun_ns
        finished = result_pb2.CaseFinished(
            node_id=self.case.node_id,
            outcome=outcome.value,
            duration_s=max(time.time_ns() - begun_ns, 0) / 1e9 if begun_ns else 0.0,
        )
        if outcome is not Outcome.PASSED:
            finished.message = message
            finished.phase = "call" if begun_ns else "setup"
        if begun_ns:
            finished.captured_output = self._output.kept
            if outcome is not Outcome.PASSED:
                finished.text = "\n".join([message, "--- the last lines of its output:", self._output.tail])
        return finished

    def _merged(self, cases: Sequence[ProgramCase], is_own_kept: bool) -> list[result_pb2.Event]:
        """Told by their durations alone, so they are put one behind the other from the program's start on."""
        if not cases:
            return []
        instead_of = "" if is_own_kept else self.case.node_id
        collected = result_pb2.CasesCollected(cases=[one.case for one in cases], instead_of=instead_of)
        events = [result_pb2.Event(cases_collected=collected)]
        now_ns = time.time_ns()
        at_ns = self._begun_ns
        for one in cases:
            started = result_pb2.CaseStarted(node_id=one.case.node_id)
            events.append(result_pb2.Event(case_started=started, time_unix_ns=min(at_ns, now_ns)))
            at_ns += int(one.finished.duration_s * 1e9)
            events.append(result_pb2.Event(case_finished=one.finished, time_unix_ns=min(at_ns, now_ns)))
        return events
