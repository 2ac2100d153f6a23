"""A real gRPC server on a Unix socket that plays the runner for handles and plug-in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent import futures
from types import TracebackType
from typing import Any, Self

import grpc
from armadillo_api.v1 import control_pb2, control_pb2_grpc, deployment_pb2, result_pb2, result_pb2_grpc

TOKEN = "the-token"
VERBS = ("Start", "Stop", "Kill", "ExpectCrash", "Suspend", "Resume", "Restart", "Upgrade", "AddServer", "WaitFor")
STATE_AFTER = {
    "Start": "READY",
    "Restart": "READY",
    "Upgrade": "READY",
    "Resume": "READY",
    "Stop": "EXITED",
    "Kill": "EXITED",
}
Refusal = tuple[grpc.StatusCode, str, str]
"""Status, text and the name of the exception that the runner raised."""


class ScriptedRunner:
    """Answers verbs as the real runner does, in memory; remembers what it was asked. Leave its block to stop it."""

    def __init__(self, socket_path: str, servers: Iterable[control_pb2.Server] = ()) -> None:
        self.socket_path = socket_path
        self.description = control_pb2.DescribeReply(servers=servers, jwt_secret="secret", seed=42, time_scale=1.0)
        self.verbs: list[tuple[str, Any]] = []
        self.events: list[result_pb2.Event] = []
        self.refusals: dict[str, Refusal] = {}
        self.endpoint_of_added = ""
        self.may_try_again = True
        self.ready = threading.Event()
        self.ready.set()
        self.faults: list[control_pb2.Fault] = []
        """In force now; `healed` has the ids of the others in the order of their healing."""
        self.healed: list[str] = []
        self._server = grpc.server(futures.ThreadPoolExecutor(8))
        control_pb2_grpc.add_DeploymentControlServicer_to_server(_Control(self), self._server)
        result_pb2_grpc.add_ResultSinkServicer_to_server(_Sink(self), self._server)

    def __enter__(self) -> Self:
        self._server.add_insecure_port(f"unix:{self.socket_path}")
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends all calls and closes the socket."""
        self.ready.set()
        self._server.stop(0).wait()

    def server(self, name: str) -> control_pb2.Server:
        """The server of this name as it is now."""
        (found,) = [server for server in self.description.servers if server.name == name]
        return found

    def set_state(self, name: str, state: str) -> None:
        """What happens to a server without anybody's asking."""
        self.server(name).state = control_pb2.Server.State.Value(state)

    def asked(self) -> list[str]:
        """The verbs so far, as "Kill dbserver-1"."""
        return [f"{verb} {getattr(request, 'server', '')}".strip() for verb, request in self.verbs]

    def check(self, verb: str, context: grpc.ServicerContext) -> None:
        """Refuses a call without the token, and what the test wants refused."""
        if dict(context.invocation_metadata()).get("armadillo-token") != TOKEN:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "expected this run's token")
        if verb in self.refusals:
            status, text, raised = self.refusals[verb]
            context.set_trailing_metadata((("armadillo-error", raised),))
            context.abort(status, text)


class _Control(control_pb2_grpc.DeploymentControlServicer):
    def __init__(self, runner: ScriptedRunner) -> None:
        self._runner = runner

    def Describe(self, request: Any, context: Any) -> Any:  # noqa: N802
        if request.wait_until_ready:
            self._runner.ready.wait()
        self._runner.check("Describe", context)
        return self._runner.description

    def RestartAll(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._runner.verbs.append(("RestartAll", request))
        self._runner.check("RestartAll", context)
        for server in self._runner.description.servers:
            server.incarnation += 1
        return self._runner.description

    def Inject(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._runner.verbs.append(("Inject", request))
        self._runner.check("Inject", context)
        number = len(self._runner.faults) + len(self._runner.healed) + 1
        fault = control_pb2.Fault(
            fault_id=f"fault-{number}",
            kind=request.kind,
            description=f"on {', '.join(request.targets)}",
            servers=request.targets,
            is_in_force=True,
            asked_by=request.asked_by or "test",
        )
        self._runner.faults.append(fault)
        return control_pb2.FaultReply(faults=[fault])

    def Heal(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._runner.verbs.append(("Heal", request))
        self._runner.check("Heal", context)
        found = [fault for fault in self._runner.faults if fault.fault_id == request.fault_id]
        for fault in found:
            self._runner.faults.remove(fault)
            self._runner.healed.append(fault.fault_id)
        return control_pb2.FaultReply(faults=found or [control_pb2.Fault(fault_id=request.fault_id)])

    def ListFaults(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._runner.check("ListFaults", context)
        return control_pb2.FaultReply(faults=self._runner.faults)

    def __getattribute__(self, name: str) -> Any:
        if name not in VERBS:
            return super().__getattribute__(name)
        return _verb(name, super().__getattribute__("_runner"))


def _verb(name: str, runner: ScriptedRunner) -> Callable[[Any, Any], Any]:
    def answer(request: Any, context: Any) -> Any:
        runner.verbs.append((name, request))
        runner.check(name, context)
        if name == "AddServer":
            added = server_message(
                f"{deployment_pb2.Role.Name(request.role).lower()}-9", "READY", endpoint=runner.endpoint_of_added
            )
            runner.description.servers.append(added)
            return control_pb2.ServerReply(server=added)
        server = runner.server(request.server)
        if name == "Suspend":
            runner.set_state(request.server, "SUSPENDED")
        elif name == "Start" and request.no_wait:
            runner.set_state(request.server, "STARTING")
        elif name == "WaitFor" and request.condition == control_pb2.WaitForRequest.READY:
            runner.set_state(request.server, "READY")
        elif name in STATE_AFTER:
            runner.set_state(request.server, STATE_AFTER[name])
        server.incarnation += name in ("Start", "Restart")
        return control_pb2.ServerReply(server=server)

    return answer


class _Sink(result_pb2_grpc.ResultSinkServicer):
    def __init__(self, runner: ScriptedRunner) -> None:
        self._runner = runner

    def Publish(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._runner.check("Publish", context)
        self._runner.events.extend(request.events)
        return result_pb2.PublishReply(last_sequence=len(self._runner.events), may_try_again=self._runner.may_try_again)


def server_message(name: str, state: str = "READY", **fields: Any) -> control_pb2.Server:
    """A server as the runner describes it; its role follows from its name."""
    role = deployment_pb2.Role.Value(name.rpartition("-")[0].upper())
    return control_pb2.Server(name=name, role=role, state=control_pb2.Server.State.Value(state), **fields)
