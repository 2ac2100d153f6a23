"""Readiness, asked of a real HTTP server that answers as ArangoDB does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from armadillo.arangodb.http_probe import get
from armadillo.arangodb.readiness import agency_is_ready, cluster_is_healthy, server_is_ready
from armadillo.model.role import Role

from tests.framework.runner.support.answering_server import Answer, AnsweringServer
from tests.framework.runner.support.plans import plan

STARTING = (503, {"error": True, "errorNum": 503, "errorMessage": "service unavailable due to startup"})
VERSION = (200, {"server": "arango", "version": "3.12.5", "license": "community"})
AVAILABLE = (200, {"mode": "default"})


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Servers of a test; all are closed after it."""
    with ExitStack() as stack:
        yield stack


def answers(reported: str = "PRIMARY", /, **changed: Answer) -> dict[str, Answer]:
    """The answers of a ready server, some of them changed: version, role, availability."""
    wanted: dict[str, Answer] = {"version": VERSION, "role": (200, {"role": reported}), "availability": AVAILABLE}
    wanted.update(changed)
    return {
        "/_api/version": wanted["version"],
        "/_admin/server/role": wanted["role"],
        "/_admin/server/availability": wanted["availability"],
    }


@pytest.mark.parametrize(
    ("role", "reported"),
    [
        (Role.SINGLE, "SINGLE"),
        (Role.AGENT, "AGENT"),
        (Role.DBSERVER, "PRIMARY"),
        (Role.COORDINATOR, "COORDINATOR"),
    ],
)
def test_a_server_that_answers_with_its_role_is_ready(stack: ExitStack, role: Role, reported: str) -> None:
    """A dbserver calls itself PRIMARY; the headers of the caller are sent."""
    server = stack.enter_context(AnsweringServer(answers(reported)))
    assert server_is_ready(plan(role, port=server.port), {"Authorization": "bearer x"}) == ""
    assert {headers["authorization"] for headers in server.seen_headers} == {"bearer x"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"version": STARTING},
            "dbserver-1: GET /_api/version: HTTP 503 (service unavailable due to startup)",
        ),
        ({"version": (401, {"error": True, "errorMessage": "not authorized"})}, "HTTP 401 (not authorized)"),
        ({"version": (200, b"<html>")}, "the answer is no JSON"),
        ({"role": (200, {"role": "COORDINATOR"})}, "expected role PRIMARY, found 'COORDINATOR'"),
        ({"role": STARTING}, "expected role PRIMARY, found 'HTTP 503 (service unavailable due to startup)'"),
        ({"role": (200, ["x"])}, "expected role PRIMARY, found 'HTTP 200'"),
        ({"availability": (503, {})}, "dbserver-1: GET /_admin/server/availability: HTTP 503"),
    ],
)
def test_what_a_dbserver_lacks_is_said(stack: ExitStack, changed: dict[str, Any], expected: str) -> None:
    """Each missing condition comes as text with the server's name, for the error of a wait."""
    server = stack.enter_context(AnsweringServer(answers(**changed)))
    assert expected in server_is_ready(plan(Role.DBSERVER, port=server.port), {})


def test_an_agent_needs_no_availability(stack: ExitStack) -> None:
    """Agents have no readiness of their own; the agency as a whole has."""
    server = stack.enter_context(AnsweringServer(answers("AGENT", availability=(503, {}))))
    assert server_is_ready(plan(Role.AGENT, port=server.port), {}) == ""


def test_nobody_there_is_said_in_words() -> None:
    """A refused connection is no exception but an answer."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        problem = server_is_ready(plan(Role.SINGLE, port=unused.getsockname()[1]), {})
    assert "no answer" in problem
    assert "Connection refused" in problem


def test_a_server_that_accepts_and_never_answers_costs_only_the_time_limit() -> None:
    """A suspended server still accepts connections: the probe gives up by itself."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(5)
        answer = get(f"http://127.0.0.1:{silent.getsockname()[1]}", "/_api/version", {}, timeout_s=0.1)
    assert answer.status == 0
    assert "timed out" in answer.problem


def test_a_listener_that_speaks_no_http_is_no_exception() -> None:
    """Whatever listens there, the probe answers with a problem."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)

        def babble() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(1024)
                peer.sendall(b"SSH-2.0-Other\r\n")

        babbler = threading.Thread(target=babble)
        babbler.start()
        answer = get(f"http://127.0.0.1:{listener.getsockname()[1]}", "/_api/version", {})
        babbler.join()
    assert answer.status == 0
    assert "SSH-2.0-Other" in answer.problem


def agency(stack: ExitStack, *configs: Answer) -> list[Any]:
    """Plans of as many agents as there are answers to /_api/agency/config."""
    servers = [stack.enter_context(AnsweringServer({"/_api/agency/config": config})) for config in configs]
    return [plan(Role.AGENT, number, port=server.port) for number, server in enumerate(servers, 1)]


def config(leader: str, **more: Any) -> Answer:
    """What an agent says about the agency."""
    return (200, {"leaderId": leader, "term": 1, **more})


def test_an_agency_with_one_leader_and_an_acknowledgement_is_ready(stack: ExitStack) -> None:
    """Only the leader has `lastAcked`; that is enough."""
    agents = agency(stack, config("A"), config("A", lastAcked={"A": {}}), config("A"))
    assert agency_is_ready(agents, {}) == ""


@pytest.mark.parametrize(
    ("configs", "expected"),
    [
        ([config("A", lastAcked={}), config("B", lastAcked={})], "the agents disagree about their leader: ['A', 'B']"),
        ([config("A", lastAcked={}), config("")], "agent-2 knows no agency leader yet"),
        ([config("A", lastAcked={}), (200, {})], "agent-2 knows no agency leader yet"),
        ([config("A"), config("A")], "no acknowledgement"),
        ([config("A", lastAcked={}), STARTING], "agent-2: GET /_api/agency/config: HTTP 503"),
    ],
)
def test_an_agency_that_is_not_ready_says_why(stack: ExitStack, configs: list[Answer], expected: str) -> None:
    """Disagreement, no leader, no acknowledgement and a starting agent are told apart."""
    assert expected in agency_is_ready(agency(stack, *configs), {})


def health(status: int = 200, **entries: str) -> dict[str, Answer]:
    """The answer of /_admin/cluster/health; entries are status words by the last digit of a server's port."""
    listed = {
        name: {"Endpoint": f"tcp://127.0.0.1:{name.removeprefix('port_')}", "Status": word, "Role": "DBServer"}
        for name, word in entries.items()
    }
    return {"/_admin/cluster/health": (status, {"Health": listed, "ClusterId": "x"})}


def returned_under_a_new_id() -> dict[str, Answer]:
    """dbserver-1 lost its data: its address is listed under the new id and under the dead one."""
    answer = health(port_1="GOOD", port_2="GOOD")
    entries = answer["/_admin/cluster/health"][1]["Health"]
    entries["the dead id"] = {"Endpoint": "tcp://127.0.0.1:1", "Status": "FAILED", "Role": "DBServer"}
    return answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (health(port_1="GOOD", port_2="GOOD", port_3="GOOD"), ""),
        (health(port_1="GOOD", port_2="BAD"), "cluster health: dbserver-2 is BAD"),
        (health(port_1="FAILED", port_2="UNKNOWN"), "cluster health: dbserver-1 is FAILED, dbserver-2 is UNKNOWN"),
        (health(port_2="GOOD"), "cluster health: dbserver-1 is not listed"),
        (health(503), "coordinator-1: GET /_admin/cluster/health: HTTP 503"),
        ({"/_admin/cluster/health": (200, {})}, "dbserver-1 is not listed, dbserver-2 is not listed"),
        (returned_under_a_new_id(), ""),
        ({"/_admin/cluster/health": (200, {"Health": {"x": "odd"}})}, "dbserver-1 is not listed"),
    ],
)
def test_cluster_health_needs_every_server_listed_and_good(
    stack: ExitStack, answer: dict[str, Answer], expected: str
) -> None:
    """Servers are matched by endpoint; others that are listed too do not matter."""
    server = stack.enter_context(AnsweringServer(answer))
    coordinator = plan(Role.COORDINATOR, port=server.port)
    wanted = [plan(Role.DBSERVER, number, port=number) for number in (1, 2)]
    problem = cluster_is_healthy(coordinator, wanted, {})
    assert problem == expected if not expected else expected in problem
