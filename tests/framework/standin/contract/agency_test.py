"""The agency's HTTP API, asked at an agent directly."""

from __future__ import annotations

import itertools
import json
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import Answer, StandinServer, wait_until

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[StandinServer]]:
    """Three agents that have a leader."""
    made = StandinCluster(tmp_path_factory.mktemp("agency"), dbservers=0, coordinators=0)
    try:
        for agent in made.agents:
            agent.start()
        wait_until(lambda: sum(agent.leads_agency() for agent in made.agents) == 1, "one leader")
        yield made.agents
    finally:
        made.close()


@pytest.fixture
def agent(agents: list[StandinServer]) -> StandinServer:
    """The agency's leader."""
    return next(agent for agent in agents if agent.leads_agency())


@pytest.fixture
def path() -> str:
    """A path in the agency that no other test uses."""
    return f"/contract/{next(_numbers)}"


def write(agent: StandinServer, *transaction: Any) -> Answer:
    """Write one transaction: operations, preconditions, client id."""
    return agent.call("POST", "/_api/agency/write", [list(transaction)])


def read(agent: StandinServer, path: str) -> Any:
    """Return the value at a path of two parts, None when there is none."""
    first, second = path.strip("/").split("/")
    answer = agent.call("POST", "/_api/agency/read", [[path]])
    assert answer.status == 200, answer
    return answer.body[0].get(first, {}).get(second)


@feature("Agency", "write, read")
def test_what_is_written_can_be_read(agent: StandinServer, path: str) -> None:
    """A write answers with its index, a read with one tree per query that has the full paths."""
    answer = write(agent, {path: {"op": "set", "new": {"a": 1}}})

    assert answer.status == 200
    assert answer.body["results"][0] > 0
    tree = agent.call("POST", "/_api/agency/read", [[f"{path}/a"], ["/not/there"]])
    first, second = path.strip("/").split("/")
    assert tree.body == [{first: {second: {"a": 1}}}, {}]


@feature("Agency", "operations: set, delete, increment, decrement, push, prepend, pop, shift, erase, replace")
@pytest.mark.parametrize(
    ("before", "operation", "after"),
    [
        (1, {"op": "set", "new": 2}, 2),
        (1, {"op": "delete"}, None),
        (1, {"op": "increment"}, 2),
        (1, {"op": "increment", "step": 4}, 5),
        (1, {"op": "decrement"}, 0),
        ([1, 2], {"op": "push", "new": 3}, [1, 2, 3]),
        ([1, 2], {"op": "prepend", "new": 0}, [0, 1, 2]),
        ([1, 2], {"op": "pop"}, [1]),
        ([1, 2], {"op": "shift"}, [2]),
        ([1, 2], {"op": "erase", "val": 2}, [1]),
        ([1, 2], {"op": "replace", "val": 2, "new": 5}, [1, 5]),
    ],
)
def test_operations(agent: StandinServer, path: str, before: Any, operation: Any, after: Any) -> None:
    """Each operation changes the value as its name says."""
    assert write(agent, {path: {"op": "set", "new": before}}).status == 200
    assert write(agent, {path: operation}).status == 200
    assert read(agent, path) == after


@feature("Agency", "preconditions: old, oldNot, oldEmpty, isArray, in, notin, intersectionEmpty")
@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"old": [1, 2]}, True),
        ({"old": [1]}, False),
        ({"oldNot": [1]}, True),
        ({"oldNot": [1, 2]}, False),
        ({"oldEmpty": False}, True),
        ({"oldEmpty": True}, False),
        ({"isArray": True}, True),
        ({"isArray": False}, False),
        ({"in": 1}, True),
        ({"in": 5}, False),
        ({"notin": 5}, True),
        ({"notin": 1}, False),
        ({"intersectionEmpty": [5]}, True),
        ({"intersectionEmpty": [2, 5]}, False),
    ],
)
def test_preconditions(agent: StandinServer, path: str, condition: Any, holds: bool) -> None:
    """A failed precondition is index 0 and status 412, and nothing is changed."""
    write(agent, {path: {"op": "set", "new": [1, 2]}})
    answer = write(agent, {path: {"op": "set", "new": "changed"}}, {path: condition})

    assert answer.status == (200 if holds else 412)
    assert (answer.body["results"][0] > 0) == holds
    assert read(agent, path) == ("changed" if holds else [1, 2])


@feature("Agency", "write with a time to live")
def test_a_value_with_a_time_to_live_ends(agent: StandinServer, path: str) -> None:
    """A value is there until its time is over; set again without one it stays."""
    write(agent, {path: {"op": "set", "new": "short", "ttl": 1}})
    assert read(agent, path) == "short"
    wait_until(lambda: read(agent, path) is None, "the value has ended", 10)

    write(agent, {path: {"op": "set", "new": "short", "ttl": 1}})
    write(agent, {path: {"op": "set", "new": "long"}})
    probe = f"{path}probe"
    write(agent, {probe: {"op": "set", "new": 1, "ttl": 1}})
    wait_until(lambda: read(agent, probe) is None, "a later end has passed", 10)
    assert read(agent, path) == "long"


class _Listener(BaseHTTPRequestHandler):
    heard: list[Any] = []  # noqa: RUF012 - one listener per test

    def do_POST(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it has in http.server
        """Print nothing."""


@pytest.fixture
def listener() -> Iterator[HTTPServer]:
    """A server that keeps what is posted to it."""
    _Listener.heard = []
    server = HTTPServer(("127.0.0.1", 0), _Listener)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@feature("Agency", "operations: observe, unobserve")
def test_observers_are_told(agent: StandinServer, path: str, listener: HTTPServer) -> None:
    """Who observes a path gets a request with each change below it, until he has enough."""
    url = f"http://127.0.0.1:{listener.server_port}/changed"
    assert write(agent, {path: {"op": "observe", "url": url}}).status == 200
    write(agent, {f"{path}/a": {"op": "set", "new": 1}})
    wait_until(lambda: any(path in item for item in _Listener.heard), "the observer is told")
    write(agent, {path: {"op": "unobserve", "url": url}})
    told = len(_Listener.heard)
    write(agent, {f"{path}/a": {"op": "set", "new": 2}})
    assert read(agent, path) == {"a": 2}
    assert len(_Listener.heard) <= told + 1


@feature("Agency", "transact")
def test_reads_and_writes_in_one_request(agent: StandinServer, path: str) -> None:
    """transact takes reads and writes in turn and answers each in its place."""
    write(agent, {path: {"op": "set", "new": 1}})
    answer = agent.call("POST", "/_api/agency/transact", [[path], [{path: {"op": "increment"}}], [path]])

    first, second = path.strip("/").split("/")
    assert answer.status == 200
    assert [answer.body[0], answer.body[2]] == [{first: {second: 1}}, {first: {second: 2}}]
    assert answer.body[1] > 0


@feature("Agency", "inquire; repeating a write with its client id")
def test_a_client_id_is_remembered(agent: StandinServer, path: str) -> None:
    """A repeated write gives the first answer and is not done again; inquire tells the result, 404 for strangers."""
    client = f"client of {path}"
    first = write(agent, {path: {"op": "increment"}}, {}, client)
    again = write(agent, {path: {"op": "increment"}}, {}, client)

    assert again.body["results"] == first.body["results"]
    assert read(agent, path) == 1
    found = agent.call("POST", "/_api/agency/inquire", [[client]])
    assert (found.status, found.body["results"]) == (200, first.body["results"])
    assert agent.call("POST", "/_api/agency/inquire", [["nobody"]]).status == 404


@feature("Agency", "poll")
def test_polling_tells_what_is_new(agent: StandinServer, path: str) -> None:
    """A poll from 0 has the whole tree or all entries; a poll from the newest index waits for the next write."""
    write(agent, {path: {"op": "set", "new": 1}})
    start = agent.call("GET", "/_api/agency/poll?index=0&timeout=0").body["result"]
    assert "readDB" in start or "log" in start
    commit = start["commitIndex"]
    later = threading.Timer(0.2, lambda: write(agent, {path: {"op": "set", "new": 2}}))
    later.start()
    found: list[Any] = []
    while not any(path in entry["query"] for entry in found):
        result = agent.call("GET", f"/_api/agency/poll?index={commit}&timeout=10").body["result"]
        assert result["commitIndex"] >= commit
        commit = result["commitIndex"]
        found += result.get("log", [])
    later.join()
    assert {"op": "set", "new": 2} in [entry["query"].get(path) for entry in found]


@feature("Agency", "config, state, stores")
def test_an_agent_tells_about_itself(agent: StandinServer, path: str) -> None:
    """config names leader and pool, state has the log, stores the tree."""
    write(agent, {path: {"op": "set", "new": "seen"}})
    config = agent.call("GET", "/_api/agency/config").body
    state = agent.call("GET", "/_api/agency/state").body
    stores = agent.call("GET", "/_api/agency/stores").body

    assert config["leaderId"] == config["configuration"]["id"]
    assert config["configuration"]["pool"][config["leaderId"]] == agent.endpoint
    assert config["lastAcked"]
    assert state["current"] == config["term"]
    first, second = path.strip("/").split("/")
    assert stores["read_db"][first][second] == "seen"


@feature("Agency", "followers redirect with 307")
def test_followers_redirect(agents: list[StandinServer], agent: StandinServer, path: str) -> None:
    """Reads and writes at an agent that does not lead are answered 307 with the leader's address."""
    for follower in [other for other in agents if other is not agent]:
        for answer in (
            follower.call("POST", "/_api/agency/read", [[path]]),
            write(follower, {path: {"op": "set", "new": 1}}),
            follower.call("POST", "/_api/agency/transact", [[path]]),
        ):
            assert answer.status == 307
            assert answer.headers["location"].startswith(agent.endpoint.replace("tcp", "http"))
    assert read(agent, path) is None


@feature("Agency", "a majority survives its leader, a minority refuses")
def test_a_majority_goes_on_and_a_minority_refuses(
    agents: list[StandinServer], agent: StandinServer, path: str
) -> None:
    """The leader dies: the others elect one and have all that was written. One alone neither writes nor reads."""
    write(agent, {path: {"op": "set", "new": "kept"}})
    others = [other for other in agents if other is not agent]
    agent.kill()
    try:
        wait_until(lambda: any(other.leads_agency() for other in others), "another leader")
        new = next(other for other in others if other.leads_agency())
        assert read(new, path) == "kept"
        (last,) = [other for other in others if other is not new]
        new.signal(signal.SIGSTOP)
        try:
            refused = [503, 307, 0]  # no leader, or still the frozen one
            assert write(last, {path: {"op": "set", "new": "alone"}}).status in refused
            wait_until(lambda: write(last, {path: {"op": "set", "new": "alone"}}).status == 503, "no leader")
            assert last.call("POST", "/_api/agency/read", [[path]]).status == 503
        finally:
            new.signal(signal.SIGCONT)
    finally:
        agent.start()
    wait_until(lambda: sum(other.leads_agency() for other in agents) == 1, "one leader again")
    assert read(next(other for other in agents if other.leads_agency()), path) == "kept"


@feature("Agency", "malformed requests are refused")
@pytest.mark.parametrize("body", [{}, [1], [["no operations"]], [[]]])
def test_malformed_writes_are_refused(agent: StandinServer, body: Any) -> None:
    """What is no list of transactions is refused with 400."""
    assert agent.call("POST", "/_api/agency/write", body).status == 400
