"""Telling the runner what happens, case by case; each telling is on disk when it returns."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from typing import Any

import grpc
import pytest
from armadillo_api.v1 import control_pb2, control_pb2_grpc, result_pb2, result_pb2_grpc

from ..errors import ArmadilloError, ServerStartError
from ..handles.channel_options import CHANNEL_OPTIONS, target_of
from ..model.control_metadata import TOKEN_METADATA
from .case_report import CaseReport
from .node_ids import class_name_of, name_of, split_node_id, workspace_relative
from .request_log import RequestLog
from .surroundings import Surroundings

_PUBLISH_TIMEOUT_S = 60.0
_HEAL_TIMEOUT_S = 900.0  # each step of a fault has its own limit
_START_TIMEOUT_S = 3600.0  # the runner has the deployment's own limit and ends this process when it has passed


class RunnerLink:
    """The blocking side of the control socket, for pytest's hooks."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._channel = grpc.insecure_channel(target_of(surroundings.control_socket), options=CHANNEL_OPTIONS)
        self._sink = result_pb2_grpc.ResultSinkStub(self._channel)
        self._control = control_pb2_grpc.DeploymentControlStub(self._channel)
        self._metadata = ((TOKEN_METADATA, surroundings.control_token),)
        self.requests = RequestLog(self._send)

    def publish(self, event: result_pb2.Event) -> result_pb2.PublishReply:
        """Returns when the event is in the log on disk; raises `ArmadilloError` when the runner does not take it.

        Requests that ended before go with it.
        """
        return self._send([*self.requests.take(), event])

    def _send(self, events: Sequence[result_pb2.Event]) -> result_pb2.PublishReply:
        if not events:
            return result_pb2.PublishReply()
        request = result_pb2.PublishRequest(events=events)
        try:
            return self._sink.Publish(request, metadata=self._metadata, timeout=_PUBLISH_TIMEOUT_S, wait_for_ready=True)
        except grpc.RpcError as error:
            raise ArmadilloError(f"the runner did not take a result: {error}") from error

    def wait_until_ready(self) -> control_pb2.DescribeReply:
        """Waits for the deployment; raises `ServerStartError` with the runner's reason when it does not start."""
        request = control_pb2.DescribeRequest(wait_until_ready=True)
        try:
            return self._control.Describe(
                request, metadata=self._metadata, timeout=_START_TIMEOUT_S, wait_for_ready=True
            )
        except grpc.RpcError as error:
            reason = error.details() if isinstance(error, grpc.Call) else str(error)
            raise ServerStartError("deployment", reason or "the runner gave no reason") from error

    def faults_in_force(self) -> list[control_pb2.Fault]:
        """The faults in force, the first begun first; raises `ArmadilloError`."""
        reply = self._control_call(self._control.ListFaults, control_pb2.ListFaultsRequest())
        return list(reply.faults)

    def heal(self, fault_id: str) -> None:
        """Takes a fault back; raises `ArmadilloError` with the runner's reason."""
        self._control_call(self._control.Heal, control_pb2.HealRequest(fault_id=fault_id))

    def _control_call(self, verb: Callable[..., Any], request: Any) -> Any:
        try:
            return verb(request, metadata=self._metadata, timeout=_HEAL_TIMEOUT_S, wait_for_ready=True)
        except grpc.RpcError as error:
            reason = error.details() if isinstance(error, grpc.Call) else str(error)
            raise ArmadilloError(reason or "the runner gave no reason") from error

    def close(self) -> None:
        """Sends the last requests, as far as the runner takes them, and closes the channel."""
        self.requests.close()
        with suppress(ArmadilloError):
            self._send(self.requests.take())
        self._channel.close()


class Reporting:
    """The hooks that report; registered by `plugin` for the whole session."""

    def __init__(self, link: RunnerLink, surroundings: Surroundings) -> None:
        self._link = link
        self._paths = (f"{surroundings.root}/", f"{os.path.realpath(surroundings.root)}/", f"{surroundings.runfiles}/")
        self._errors: list[result_pb2.CollectionError] = []
        self._case: CaseReport | None = None
        self.has_told_cases = False
        self.in_other_shards = 0
        """Cases that were asked for and fall to other shards."""

    def add_error(self, file: str, text: str) -> None:
        """Something stands in the way of the cases; to be called before collection ends."""
        self._errors.append(result_pb2.CollectionError(file=file, text=self.tidy(text)))

    def knows_about(self, path: str) -> bool:
        """Whether an error about this file was added already."""
        return any(error.file == self.tidy(path) for error in self._errors)

    def tidy(self, text: str) -> str:
        """The text with paths relative to the workspace: those of the sandbox are dead after the run."""
        for path in self._paths:
            text = text.replace(path, "")
        return text

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that could not be imported."""
        if report.failed:
            self.add_error(workspace_relative(report.nodeid), str(report.longrepr))

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_finish(self, session: pytest.Session) -> Generator[None, None, None]:
        """All cases are known."""
        yield
        self.tell_cases(session.items)

    def tell_cases(self, items: Sequence[pytest.Item]) -> None:
        """Sends the cases and what stood in the way of others, once."""
        if self.has_told_cases:
            return
        self.has_told_cases = True
        collected = result_pb2.CasesCollected(
            cases=[_case_of(item) for item in items], errors=self._errors, in_other_shards=self.in_other_shards
        )
        self._link.publish(result_pb2.Event(cases_collected=collected))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A case begins."""
        node_id = workspace_relative(nodeid)
        self._case = CaseReport(node_id, self.tidy)
        self._link.publish(result_pb2.Event(case_started=result_pb2.CaseStarted(node_id=node_id)))
        self._link.requests.node_id = node_id

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A phase of the case has ended."""
        if self._case is not None:
            self._case.add(report)

    def attempt_failed(
        self, reports: Sequence[pytest.TestReport], attempt: int, attempts: int
    ) -> result_pb2.PublishReply:
        """Tells that an attempt failed; where the reply allows another one, the failure is not the case's own."""
        if self._case is None:
            return result_pb2.PublishReply()
        failed = self._case.attempt_failed(reports, attempt, attempts)
        reply = self._link.publish(result_pb2.Event(case_attempt_failed=failed))
        if reply.may_try_again:
            self._case.begin_next_attempt(failed)
        return reply

    def pytest_runtest_logfinish(self) -> None:
        """The case has ended."""
        if self._case is not None:
            finished, self._case = self._case.finished(), None
            self._link.publish(result_pb2.Event(case_finished=finished))
            self._link.requests.node_id = ""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Also a session that ended before collection did has told that there is no case; who stopped it is told."""
        self.tell_cases(())
        reason = session.shouldfail or session.shouldstop
        if isinstance(reason, str) and reason:
            self._link.publish(result_pb2.Event(tests_stopped=result_pb2.TestsStopped(reason=self.tidy(reason))))
        self._link.close()


def _case_of(item: pytest.Item) -> result_pb2.Case:
    node_id = workspace_relative(item.nodeid)
    line = item.location[1]
    return result_pb2.Case(
        node_id=node_id,
        file=split_node_id(node_id)[0],
        line=line + 1 if line is not None else 0,
        class_name=class_name_of(node_id),
        name=name_of(node_id),
    )
