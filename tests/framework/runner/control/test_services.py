"""Both gRPC services over a real socket, in front of real processes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
from armadillo.control.control_service import RunFacts
from armadillo.control.service_host import ServiceHost
from armadillo.model.deployment import Deployment
from armadillo.model.outcome import Outcome
from armadillo.process.private_directory import PrivateDirectory
from armadillo.results.event_log import read_events
from armadillo_api.v1 import control_pb2, control_pb2_grpc, deployment_pb2, result_pb2, result_pb2_grpc

from tests.framework.runner.support.events import case_finished, case_started, collected
from tests.framework.runner.support.plans import cluster, single
from tests.framework.runner.support.running import World, world

TOKEN = "the token of this run"
State = control_pb2.Server.State


class Client:
    """Stubs of both services; calls carry the token."""

    def __init__(self, channel: grpc.aio.Channel, made: World) -> None:
        self.control = control_pb2_grpc.DeploymentControlStub(channel)
        self.sink = result_pb2_grpc.ResultSinkStub(channel)
        self.world = made

    async def call(self, verb: str, request: Any, token: str = TOKEN) -> Any:
        """One call of the control service."""
        return await getattr(self.control, verb)(request, metadata=(("armadillo-token", token),), timeout=60)

    async def refused(self, verb: str, request: Any, token: str = TOKEN) -> tuple[grpc.StatusCode, str]:
        """Status and text of a call that must be refused."""
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.call(verb, request, token)
        return caught.value.code(), caught.value.details() or ""


@asynccontextmanager
async def served(tmp_path: Path, deployment: Deployment, missing_requirement: str = "") -> AsyncIterator[Client]:
    """A deployment, and a client of its services."""
    private = PrivateDirectory()
    facts = RunFacts(
        deployment_json='{"mode": "SINGLE_SERVER", "requires": ["v8"]}',
        facts_json='{"version": "3.12.5", "a_field_of_a_newer_rule": 1}',
        seed=42,
        network_tier="leases",
        missing_requirement=missing_requirement,
        outputs_directory=str(tmp_path),
    )
    try:
        async with world(tmp_path, deployment) as made:
            host = await ServiceHost.start(
                private.file("control.sock"), TOKEN, made.hub, made.running, facts, faults=made.faults
            )
            async with grpc.aio.insecure_channel(f"unix:{private.file('control.sock')}") as channel:
                yield Client(channel, made)
            await host.stop()
    finally:
        private.remove()


def test_describe_waits_until_the_deployment_is_ready(tmp_path: Path) -> None:
    """It answers early without waiting, and with every fact of the run once all is up."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            early = await client.call("Describe", control_pb2.DescribeRequest())
            assert [server.state for server in early.servers] == [State.STARTING]
            starting = asyncio.ensure_future(client.world.running.start())
            reply = await client.call("Describe", control_pb2.DescribeRequest(wait_until_ready=True))
            await starting
            (server,) = reply.servers
            assert (server.name, server.role, server.state) == ("single-1", deployment_pb2.SINGLE, State.READY)
            assert server.endpoint.startswith("http://127.")
            assert (server.pid > 0, server.incarnation) == (True, 1)
            assert "is ready for business" in Path(server.log_path).read_text(encoding="utf-8")
            assert (reply.seed, reply.network_tier, reply.outputs_directory) == (42, "leases", str(tmp_path))
            assert (reply.facts.version, list(reply.deployment.requires), reply.time_scale) == ("3.12.5", ["v8"], 1.0)

    asyncio.run(story())


def test_describe_tells_why_a_start_failed(tmp_path: Path) -> None:
    """Whoever waits for the deployment gets the reason, with the server's last words."""

    async def story() -> None:
        async with served(tmp_path, single(server_args=["--tiny.exit-code", "22"])) as client:
            waiting = asyncio.ensure_future(
                client.refused("Describe", control_pb2.DescribeRequest(wait_until_ready=True))
            )
            with pytest.raises(Exception, match="died while starting"):
                await client.world.running.start()
            code, text = await waiting
            assert code is grpc.StatusCode.FAILED_PRECONDITION
            assert "exit code 22: the data directory is locked by another process" in text
            assert "FATAL something is wrong" in text

    asyncio.run(story())


def test_describe_does_not_wait_for_what_will_not_be_started(tmp_path: Path) -> None:
    """With a missing requirement nothing starts: the answer comes at once, with the reason for the skip."""

    async def story() -> None:
        async with served(tmp_path, single(), missing_requirement="requires v8: it has none") as client:
            reply = await client.call("Describe", control_pb2.DescribeRequest(wait_until_ready=True))
            assert reply.missing_requirement == "requires v8: it has none"

    asyncio.run(story())


@pytest.mark.parametrize("token", ["", "another run's"])
def test_a_call_without_the_runs_token_is_refused(tmp_path: Path, token: str) -> None:
    """A test may talk to its own runner only; the text says where the token is."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            code, text = await client.refused("Kill", control_pb2.KillRequest(server="single-1"), token)
            assert code is grpc.StatusCode.UNAUTHENTICATED
            assert "ARMADILLO_CONTROL_TOKEN" in text
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await client.sink.Publish(result_pb2.PublishRequest(), timeout=60)
            assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
            assert client.world.running.server("single-1").is_alive

    asyncio.run(story())


@pytest.mark.parametrize(
    "request_of",
    [
        control_pb2.StartRequest,
        control_pb2.StopRequest,
        control_pb2.KillRequest,
        control_pb2.SuspendRequest,
        control_pb2.ResumeRequest,
        control_pb2.RestartRequest,
        control_pb2.WaitForRequest,
    ],
)
def test_an_unknown_server_is_not_found_by_any_verb(tmp_path: Path, request_of: Any) -> None:
    """The text lists the servers that there are."""
    verb = request_of.DESCRIPTOR.name.removesuffix("Request")

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            code, text = await client.refused(verb, request_of(server="dbserver-9"))
            assert code is grpc.StatusCode.NOT_FOUND
            assert text == "there is no server 'dbserver-9' in this deployment; there are: single-1"

    asyncio.run(story())


def test_every_verb_answers_with_the_server_as_it_is_then(tmp_path: Path) -> None:
    """Suspend, resume, kill, start, stop, restart: each reply is proof."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            await client.world.running.start()
            name = "single-1"
            reply = await client.call("Suspend", control_pb2.SuspendRequest(server=name))
            assert reply.server.state == State.SUSPENDED
            reply = await client.call("Resume", control_pb2.ResumeRequest(server=name))
            assert reply.server.state == State.READY
            reply = await client.call("Kill", control_pb2.KillRequest(server=name, signal=signal.SIGABRT))
            assert (reply.server.state, reply.server.signal, reply.server.pid) == (State.EXITED, 6, 0)
            reply = await client.call("Start", control_pb2.StartRequest(server=name, extra_args=["--a", "1"]))
            assert (reply.server.state, reply.server.incarnation) == (State.READY, 2)
            reply = await client.call("Restart", control_pb2.RestartRequest(server=name))
            assert (reply.server.state, reply.server.incarnation) == (State.READY, 3)
            reply = await client.call("Stop", control_pb2.StopRequest(server=name))
            assert (reply.server.state, reply.server.exit_code, reply.server.signal) == (State.EXITED, 0, 0)
            assert client.world.findings() == []

    asyncio.run(story())


def test_what_a_verb_cannot_do_is_a_failed_precondition(tmp_path: Path) -> None:
    """A server that is down cannot be killed, and one that is up cannot be started."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            await client.world.running.start()
            code, text = await client.refused("Start", control_pb2.StartRequest(server="single-1"))
            assert code is grpc.StatusCode.FAILED_PRECONDITION
            assert "stop or kill it first" in text
            await client.call("Kill", control_pb2.KillRequest(server="single-1"))
            code, text = await client.refused("Kill", control_pb2.KillRequest(server="single-1"))
            assert code is grpc.StatusCode.FAILED_PRECONDITION
            assert "cannot kill single-1: it is exited" in text

    asyncio.run(story())


def test_waiting_for_an_end_has_a_deadline(tmp_path: Path) -> None:
    """A server that lives on gives DEADLINE_EXCEEDED with the condition's name; one that dies gives its status."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            await client.world.running.start()
            wanted = control_pb2.WaitForRequest(
                server="single-1", condition=control_pb2.WaitForRequest.EXITED, timeout_s=0.05
            )
            code, text = await client.refused("WaitFor", wanted)
            assert code is grpc.StatusCode.DEADLINE_EXCEEDED
            assert text == "waited 0.05 s in vain for: single-1 has ended; last seen: ready"
            wanted.timeout_s = 60
            waiting = asyncio.ensure_future(client.call("WaitFor", wanted))
            os.kill(client.world.running.server("single-1").pid, signal.SIGABRT)
            assert (await waiting).server.signal == signal.SIGABRT

    asyncio.run(story())


@pytest.mark.parametrize(
    ("verb", "request_message"),
    [
        ("WaitFor", control_pb2.WaitForRequest(server="single-1")),
        ("AddServer", control_pb2.AddServerRequest()),
        ("AddServer", control_pb2.AddServerRequest(role=deployment_pb2.AGENT)),
    ],
)
def test_a_senseless_request_is_an_invalid_argument(tmp_path: Path, verb: str, request_message: Any) -> None:
    """What no state of the deployment could make right is told apart from what comes too early."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            code, text = await client.refused(verb, request_message)
            assert code is grpc.StatusCode.INVALID_ARGUMENT
            assert text.startswith("expected ")

    asyncio.run(story())


def test_a_cluster_grows_and_restarts_by_verbs(tmp_path: Path) -> None:
    """A coordinator is added, then everything is killed and comes up again, the new one too."""

    async def story() -> None:
        async with served(tmp_path, cluster()) as client:
            await client.world.running.start()
            reply = await client.call("AddServer", control_pb2.AddServerRequest(role=deployment_pb2.COORDINATOR))
            assert (reply.server.name, reply.server.state) == ("coordinator-2", State.READY)
            described = await client.call("RestartAll", control_pb2.RestartAllRequest(kill=True))
            assert {server.state for server in described.servers} == {State.READY}
            assert len(described.servers) == 7

    asyncio.run(story())


def test_what_the_sink_was_told_is_in_the_log_when_it_answers(tmp_path: Path) -> None:
    """The reply carries the number of the last event, and the event is in the file."""

    async def story() -> None:
        async with served(tmp_path, single()) as client:
            request = result_pb2.PublishRequest(
                events=[collected("test_a"), case_started("test_a"), case_finished("test_a", Outcome.FAILED, "no")]
            )
            reply = await client.sink.Publish(request, metadata=(("armadillo-token", TOKEN),), timeout=60)
            stored = list(read_events(str(tmp_path / "events.binpb")))
            assert stored[-1].sequence == reply.last_sequence
            assert [event.WhichOneof("kind") for event in stored[-3:]] == [
                "cases_collected",
                "case_started",
                "case_finished",
            ]
            assert client.world.hub.record.outcomes() == [Outcome.FAILED]

    asyncio.run(story())
