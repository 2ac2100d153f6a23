"""What cases and fixtures leave behind: named with who made it, taken away, and only then; on real stand-ins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from armadillo.model.outcome import Outcome
from armadillo.model.policy import LEAK
from armadillo_api.v1 import result_pb2

from tests.framework.runner.pytest_plugin.plugin_run import CLUSTER, PluginRun
from tests.framework.runner.support.scripted_runner import server_message
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import SECRET, StandinServer

HEAD = """\
import pytest

def system(arango):
    return arango.database("_system").blocking

"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinServer]:
    """A stand-in with failure points, used by one case after the other."""
    made = StandinServer(tmp_path_factory.mktemp("single"))
    try:
        yield made.start().wait_available()
    finally:
        made.close()


@pytest.fixture
def play(tmp_path: Path, server: StandinServer) -> PluginRun:
    """A target on that server, under the policy that it has by default."""
    run = PluginRun(tmp_path)
    run.runner.description.jwt_secret = SECRET.decode()
    run.runner.description.facts.has_failure_points = True
    run.runner.description.servers.append(server_message("single-1", endpoint=http(server)))
    return run


def http(server: StandinServer) -> str:
    """A stand-in's endpoint as the runner tells it."""
    return server.endpoint.replace("tcp://", "http://")


def leaks(play: PluginRun) -> list[result_pb2.Finding]:
    """The findings about leaks, in their order."""
    found = [event.finding for event in play.runner.events if event.HasField("finding")]
    assert {finding.kind for finding in found} <= {LEAK}
    return found


def told(play: PluginRun) -> dict[str, str]:
    """What was left behind, by the case's function."""
    by_case: dict[str, str] = {}
    for finding in leaks(play):
        assert finding.outcome == Outcome.FAILED.value, finding
        name = finding.node_id.rpartition("::")[2]
        assert name not in by_case, "one finding for each case"
        by_case[name] = finding.message.removeprefix(f"{finding.node_id} left behind ")
    return by_case


def names(server: StandinServer, path: str, attribute: str = "name") -> list[str]:
    """The names in a list of the server, without its own."""
    items = server.call("GET", path).body["result"]
    found = [item if isinstance(item, str) else item[attribute] for item in items]
    return [name for name in found if not name.startswith("_")]


ONE_OF_EACH = """\
def test_database(arango):
    arango.blocking.create_database("shop").create_collection("inside")

def test_clean(database):
    database.blocking.create_collection("things")

async def test_user(arango):
    await arango.client.post("/_api/user", json={"user": "bob"})

def test_collection(arango):
    system(arango).create_collection("notes")

async def test_graph(arango):
    definition = {"collection": "knows", "from": ["people"], "to": ["people"]}
    await arango.client.post("/_api/gharial", json={"name": "friends", "edgeDefinitions": [definition]})

async def test_view(arango):
    await arango.client.post("/_api/view", json={"name": "seen", "type": "arangosearch"})

async def test_analyzer(arango):
    await arango.client.post("/_api/analyzer", json={"name": "plain", "type": "identity", "properties": {}})

async def test_transaction(arango):
    collections = {"read": ["_users"]}
    await arango.client.post("/_api/transaction/begin", json={"collections": collections})

async def test_cursor(arango):
    query = {"query": "FOR i IN 1..100000 RETURN i", "batchSize": 10, "options": {"stream": True}}
    await arango.client.post("/_api/cursor", json=query)

async def test_cursor_inside(database):
    query = {"query": "FOR i IN 1..100000 RETURN i", "batchSize": 10, "options": {"stream": True}}
    await database.client.post("/_api/cursor", json=query)

async def test_failure_point(arango):
    await arango.client.put("/_admin/debug/failat/insertLocal")

async def test_read_only(arango):
    await arango.client.put("/_admin/server/mode", json={"mode": "readonly"})

async def test_distributed_alike(arango):
    for name in ("c", "a", "b"):
        await arango.database().create_collection(name)
    await arango.client.post("/_api/user", json={"user": "x"})
    await arango.client.post("/_api/user", json={"user": "y"})

async def test_takes_away(arango):
    await arango.database().create_collection("short_lived")
    await arango.database().collection("short_lived").drop()
"""


def test_each_kind_is_named_with_its_case_and_taken_away(play: PluginRun, server: StandinServer) -> None:
    """Every kind of thing is told once, with the case that made it and no other; afterwards nothing is left."""
    play.file("pkg/x_test.py", HEAD + ONE_OF_EACH)

    assert play.run() == 0, play.output

    assert set(play.outcomes.values()) == {"PASSED"}
    found = told(play)
    transaction, cursor = found.pop("test_transaction"), found.pop("test_cursor")
    assert transaction.startswith("transaction ") and transaction.endswith(" in _system")
    assert cursor.startswith("cursor ") and cursor.endswith(" in _system of FOR i IN 1..100000 RETURN i")
    assert found == {
        "test_database": 'database "shop"',
        "test_user": 'user "bob"',
        "test_collection": 'collection "notes" in _system',
        "test_graph": 'graph "friends" in _system, collection "knows" in _system, collection "people" in _system',
        "test_view": 'view "seen" in _system',
        "test_analyzer": 'analyzer "plain" in _system',
        "test_failure_point": 'failure point "insertLocal" on single-1',
        "test_read_only": "read-only mode",
        "test_distributed_alike": 'collection "a" in _system, collection "b" in _system, collection "c" in _system, '
        'user "x" and 1 more',
    }
    for finding in leaks(play):
        assert "could not" not in finding.details and "still there" not in finding.details, finding.details
    assert names(server, "/_api/database") + names(server, "/_api/collection?excludeSystem=true") == []
    assert names(server, "/_api/view") == [] and names(server, "/_api/user", "user") == ["root"]
    assert [n for n in names(server, "/_api/analyzer") if "::" in n] == []
    assert server.call("GET", "/_api/transaction").body["transactions"] == []
    assert server.call("GET", "/_admin/server/mode").body["mode"] == "default"


def test_the_details_list_everything_with_its_fate(play: PluginRun) -> None:
    """The details have one line for each thing, and say how to say otherwise."""
    play.file("pkg/x_test.py", HEAD + 'def test_a(arango):\n    arango.blocking.create_database("shop")\n')
    play.run()

    (finding,) = leaks(play)

    assert finding.details.splitlines()[0] == 'database "shop": dropped'
    assert 'leaks = "warn" or "ignore" of the target in pkg/BUILD.bazel' in finding.details


FIXTURES = """\
@pytest.fixture(scope="module")
def shop(arango):
    made = arango.blocking.create_database("shop")
    made.create_collection("items")
    yield made
    made.drop()

@pytest.fixture(scope="class")
async def forgetful(arango):
    made = await arango.create_database("forgotten")
    yield made

def test_first(shop):
    assert shop.collections() == ["items"]

class TestMore:
    def test_second(self, shop, forgetful):
        shop.create_collection("extra")

    def test_third(self, shop, forgetful):
        assert shop.collections() == ["items"]

def test_fourth(shop):
    shop.collection("items")
"""


def test_fixtures_of_wider_scope_own_what_they_make(play: PluginRun, server: StandinServer) -> None:
    """A module's database is no case's leak, what a case adds to it is, and a fixture that forgets is named."""
    play.file("pkg/x_test.py", HEAD + FIXTURES)

    assert play.run() == 0, play.output

    assert [finding.message for finding in leaks(play)] == [
        'pkg/x_test.py::TestMore::test_second left behind collection "extra" in shop',
        'the fixture forgetful of pkg/x_test.py (scope class) left behind database "forgotten"',
    ]
    assert names(server, "/_api/database") == []


SET_UPS = """\
import unittest

ARANGO = []

@pytest.fixture(scope="session", autouse=True)
def everywhere(arango):
    ARANGO.append(arango)

def setup_module():
    ARANGO[0].blocking.create_database("by_setup_module")

def teardown_module():
    ARANGO[0].database("by_setup_module").blocking.drop()

class TestOld(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ARANGO[0].blocking.create_database("by_set_up_class")

    def setUp(self):
        self.made = ARANGO[0].blocking.create_database("by_set_up")

    def tearDown(self):
        self.made.drop()

    def test_one(self):
        pass

    def test_two(self):
        pass

def test_last():
    pass
"""


def test_set_up_functions_are_like_fixtures(play: PluginRun) -> None:
    """setup_module, setUpClass and setUp own what they make; only setUpClass forgets it here."""
    play.file("pkg/x_test.py", HEAD + SET_UPS)

    assert play.run() == 0, play.output

    assert [finding.message for finding in leaks(play)] == [
        'the class\'s set-up functions left behind database "by_set_up_class"'
    ]


def test_a_failed_case_is_cleaned_up_after_as_well(play: PluginRun, server: StandinServer) -> None:
    """What a failing body or a failing fixture leaves is told and taken away; the failure itself stays."""
    play.file(
        "pkg/x_test.py",
        HEAD
        + """\
@pytest.fixture
def breaks_late(arango):
    yield
    arango.blocking.create_database("late")
    raise OSError("in its tear-down")

def test_body(arango):
    arango.blocking.create_database("early")
    assert False, "in its body"

def test_fixture(breaks_late):
    pass
""",
    )
    assert play.run() == 1

    assert told(play) == {"test_body": 'database "early"', "test_fixture": 'database "late"'}
    assert play.outcomes == {"test_body": "FAILED", "test_fixture": "ERROR"}
    assert names(server, "/_api/database") == []


def test_a_server_left_down_on_purpose_is_a_leak(play: PluginRun) -> None:
    """Who kills or freezes a server must bring it back; an announced crash may leave it to the end of the case."""
    play.file(
        "pkg/x_test.py",
        HEAD
        + """\
async def test_kills(arango_single_server):
    await arango_single_server.kill()

async def test_freezes(arango_single_server):
    await arango_single_server.suspend()

async def test_by_block(arango_single_server):
    async with arango_single_server.killed():
        pass

async def test_both(arango_single_server):
    await arango_single_server.kill()
    await arango_single_server.start()
""",
    )
    assert play.run() == 0, play.output

    assert [finding.message for finding in leaks(play)] == [
        "pkg/x_test.py::test_kills left single-1 down",
        "pkg/x_test.py::test_freezes left single-1 suspended",
    ]


def test_ignoring_means_not_looking(play: PluginRun, server: StandinServer) -> None:
    """Under `leaks = "ignore"` nothing is told and nothing is taken away."""
    play.file("pkg/x_test.py", HEAD + 'def test_a(arango):\n    arango.blocking.create_database("kept")\n')
    play.policy = {"leaks": "ignore"}

    assert play.run() == 0, play.output

    assert leaks(play) == []
    assert names(server, "/_api/database") == ["kept"]
    server.call("DELETE", "/_api/database/kept")


def test_what_cannot_be_looked_at_is_unknown(play: PluginRun, server: StandinServer) -> None:
    """Without an answer nothing is known, and that is said; it is no pass."""
    play.runner.description.jwt_secret = "another one"
    play.file("pkg/x_test.py", HEAD + "def test_a(arango):\n    pass\n")
    play.run()

    found = leaks(play)

    assert {finding.outcome for finding in found} == {Outcome.UNKNOWN.value}
    assert found[0].message.startswith(
        "what pkg/x_test.py::test_a left behind is not known: GET /_api/database answered"
    )


def test_maintenance_left_on_and_what_lies_in_a_cluster(tmp_path: Path) -> None:
    """On a cluster the maintenance mode counts as well, and failure points are found on the server that has them."""
    cluster = StandinCluster(tmp_path / "c", agents=1, dbservers=1, coordinators=2)
    play = PluginRun(tmp_path / "p", CLUSTER)
    play.runner.description.jwt_secret = SECRET.decode()
    play.runner.description.facts.has_failure_points = True
    try:
        cluster.start()
        for name, members in zip(
            ("agent", "dbserver", "coordinator"),
            (cluster.agents, cluster.dbservers, cluster.coordinators),
            strict=True,
        ):
            for number, member in enumerate(members, 1):
                play.runner.description.servers.append(server_message(f"{name}-{number}", endpoint=http(member)))
        play.file(
            "pkg/x_test.py",
            HEAD
            + """\
async def test_maintenance(arango_cluster):
    await arango_cluster.set_maintenance(True)

async def test_failure_point(arango_cluster):
    await arango_cluster.dbservers[0].client.put("/_admin/debug/failat/insertLocal")

async def test_second_coordinator(arango_cluster):
    client = arango_cluster.coordinators[1].client
    await client.post("/_api/collection", json={"name": "base", "replicationFactor": 1})
    await client.post("/_api/collection", json={"name": "zz_like", "distributeShardsLike": "base"})
    await client.post("/_api/transaction/begin", json={"collections": {"read": ["base"]}})

async def test_dropped_elsewhere(arango_cluster, database):
    one, other = arango_cluster.coordinators
    await one.client.post("/_api/database", json={"name": "shop"})
    async def gone():
        return (await other.client.delete("/_api/database/shop", expect=(200, 404))).status == 200
    from armadillo import wait_until
    await wait_until("the other coordinator drops it", gone, 30)
""",
        )
        assert play.run() == 0, play.output
    finally:
        cluster.close()

    found = told(play)
    second = found.pop("test_second_coordinator")
    assert second.startswith("transaction ")
    assert second.endswith(' in _system, collection "base" in _system, collection "zz_like" in _system')
    assert found == {
        "test_maintenance": "maintenance mode",
        "test_failure_point": 'failure point "insertLocal" on dbserver-1',
    }
    for finding in leaks(play):
        assert "could not" not in finding.details and "still there" not in finding.details, finding.details
