"""What the plug-in does with the deployment: waiting for it, kinds, skips, and one event loop for all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from tests.framework.runner.pytest_plugin.plugin_run import CLUSTER, PluginRun
from tests.framework.runner.support.scripted_arango import Request, ScriptedArango
from tests.framework.runner.support.scripted_runner import server_message


def answer(request: Request) -> tuple[int, object]:
    """Enough of ArangoDB for fixtures."""
    if request.path == "/_admin/cluster/health":
        return 200, {"Health": {}}
    if request.method == "GET":
        return 200, {"version": "3.12.5", "count": 0}
    return 200, {"result": True}


@pytest.fixture
def arango() -> Iterator[ScriptedArango]:
    """A server that says yes to everything."""
    with ScriptedArango(answer) as server:
        yield server


@pytest.fixture
def play(tmp_path: Path, arango: ScriptedArango) -> PluginRun:
    """A target that deploys a single server."""
    run = PluginRun(tmp_path)
    run.runner.description.servers.append(server_message("single-1", endpoint=arango.endpoint))
    return run


HANDLES = """\
    import asyncio
    import pytest

    LOOPS = []

    @pytest.fixture
    async def mine(arango_single_server):
        LOOPS.append(asyncio.get_running_loop())
        yield await arango_single_server.version()

    async def test_async(arango_single_server, mine):
        LOOPS.append(asyncio.get_running_loop())
        assert await arango_single_server.version() == mine == "3.12.5"

    @pytest.mark.asyncio
    async def test_marked(arango_single_server, database):
        LOOPS.append(asyncio.get_running_loop())
        assert await database.collection("c").count() == 0

    def test_plain(arango, database, mine):
        assert arango.blocking.version() == mine
        with arango.blocking.suspended():
            pass
        assert database.blocking.collection("c").count() == 0
        assert len(set(LOOPS)) == 1
"""


@pytest.mark.parametrize(
    "setting", ["", "[pytest]\nasyncio_mode = strict\nasyncio_default_test_loop_scope = function\n"]
)
def test_all_share_one_loop(setting: str, play: PluginRun) -> None:
    """Async and plain tests, the users' fixtures and ours: one loop, whatever the user's pytest.ini says."""
    if setting:
        play.file("pytest.ini", setting)
    play.file("pkg/x_test.py", HANDLES)

    assert play.run() == 0, play.output

    assert play.outcomes == dict.fromkeys(["test_async", "test_marked", "test_plain"], "PASSED")


def test_conftest_and_helpers_are_found(play: PluginRun) -> None:
    """Fixtures of a conftest.py beside the test, and helpers by their path from the workspace's root, are there."""
    play.file("pkg/conftest.py", "import pytest\n\n@pytest.fixture\ndef answer(): return 42\n")
    play.file("pkg/helper.py", "def half(number): return number // 2\n")
    play.file("pkg/x_test.py", "from pkg.helper import half\n\ndef test_a(answer): assert half(answer) == 21\n")

    assert play.run() == 0, play.output

    assert play.outcomes == {"test_a": "PASSED"}


def test_databases_are_fresh_seeded_and_dropped(play: PluginRun, arango: ScriptedArango) -> None:
    """Each case has a database of its own; names follow from the seed; all are dropped."""
    play.file("pkg/x_test.py", "async def test_a(database): pass\nasync def test_b(database): pass\n")
    play.run()
    first = [request.body["name"] for request in arango.requests if request.method == "POST"]
    dropped = [request.path.rpartition("/")[2] for request in arango.requests if request.method == "DELETE"]

    assert len(set(first)) == 2
    assert dropped == first
    assert [name.rpartition("_")[0] for name in first] == ["test_a", "test_b"]


def test_collection_options_come_by_marker_or_parameter(play: PluginRun, arango: ScriptedArango) -> None:
    """A marker on class or function and an indirect parameter change the collection, the nearest wins."""
    play.file(
        "pkg/x_test.py",
        """\
        import pytest

        @pytest.mark.collection_options(numberOfShards=2, waitForSync=True)
        class TestOptions:
            @pytest.mark.collection_options(numberOfShards=3)
            async def test_marker(self, collection): pass

            @pytest.mark.parametrize("collection", [{"numberOfShards": 4}], indirect=True)
            async def test_parameter(self, collection): pass
        """,
    )
    assert play.run() == 0, play.output
    made = [request.body for request in arango.requests if request.path.endswith("/_api/collection")]

    assert made == [
        {"name": "documents", "numberOfShards": 3, "waitForSync": True},
        {"name": "documents", "numberOfShards": 4, "waitForSync": True},
    ]


def test_the_wrong_kind_of_deployment_says_what_to_change(play: PluginRun) -> None:
    """Asking for a cluster where there is none names the attribute and the BUILD file."""
    play.file("pkg/x_test.py", "async def test_a(arango_cluster): pass\n")

    assert play.run() == 1

    assert play.outcomes == {"test_a": "ERROR"}
    assert 'set mode = "cluster" in pkg/BUILD.bazel' in play.finished["test_a"].message


def test_markers_skip_what_does_not_fit(play: PluginRun) -> None:
    """Cases for the other kind, and those that require what the server lacks, are skipped with the reason."""
    play.file(
        "pkg/x_test.py",
        """\
        import pytest

        @pytest.mark.arango_cluster
        async def test_cluster(arango_cluster): pass

        @pytest.mark.arango_single
        async def test_single(arango_single_server): pass

        @pytest.mark.requires("enterprise")
        def test_enterprise(): pass

        @pytest.mark.requires("version>=3.12", "version<4")
        def test_version(): pass

        @pytest.mark.requires("unobtainium")
        def test_unknown(): pass
        """,
    )
    play.run()

    assert play.outcomes == {
        "test_cluster": "SKIPPED",
        "test_single": "PASSED",
        "test_enterprise": "SKIPPED",
        "test_version": "PASSED",
        "test_unknown": "ERROR",
    }
    assert play.finished["test_cluster"].message == "marked arango_cluster, but //pkg:x_test deploys a single server"
    assert "requires enterprise: ArangoDB 3.12.5 community" in play.finished["test_enterprise"].message
    assert "unobtainium" in play.finished["test_unknown"].message


def test_a_missing_requirement_of_the_target_skips_all(play: PluginRun) -> None:
    """When the target requires what the server lacks, every case is skipped with that reason."""
    play.runner.description.missing_requirement = "requires enterprise: it is not"
    play.file("pkg/x_test.py", "async def test_a(database): pass\ndef test_b(): pass\n")

    assert play.run() == 0

    assert [case.message for case in play.finished.values()] == ["requires enterprise: it is not"] * 2


def test_collection_does_not_wait_for_the_servers(play: PluginRun) -> None:
    """Cases are told while the deployment boots; the first one waits for it."""
    play.file("pkg/x_test.py", "def test_a(): pass\n")
    play.runner.ready.clear()
    seen: list[list[str]] = []

    def watch() -> None:
        from tests.framework.runner.support.waiting import until

        until("the cases are told", lambda: bool(play.runner.events))
        seen.append([event.WhichOneof("kind") for event in play.runner.events])
        play.runner.ready.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert play.run() == 0
    watcher.join()

    assert seen == [["cases_collected"]]
    assert play.outcomes == {"test_a": "PASSED"}


def test_a_deployment_that_does_not_start_runs_no_case(play: PluginRun) -> None:
    """The reason is printed, no case is started, and the exit code is not 0."""
    play.file("pkg/x_test.py", "def test_a(): pass\n")
    play.runner.refusals["Describe"] = (grpc.StatusCode.FAILED_PRECONDITION, "agent-1 died", "ServerStartError")

    assert play.run() not in (0, 1)

    assert play.outcomes == {}
    assert play.case_names == ["test_a"]
    assert "agent-1 died" in play.output


def test_what_a_case_left_down_is_brought_back(play: PluginRun) -> None:
    """A killed server is started again before the case's fixtures clean up, and the case says so."""
    play.file(
        "pkg/x_test.py",
        """\
        async def test_a(arango_single_server, database):
            await arango_single_server.kill()

        async def test_b(arango_single_server):
            assert arango_single_server.only_server.state == "READY"
        """,
    )
    assert play.run() == 0, play.output

    assert play.runner.asked()[:2] == ["Kill single-1", "Start single-1"]
    assert dict(play.finished["test_a"].properties) == {"armadillo.recovered": "single-1"}


def test_a_lost_deployment_ends_the_run(play: PluginRun) -> None:
    """When a server cannot be brought back, its case is an error and the others are not run."""
    play.runner.refusals["Start"] = (grpc.StatusCode.FAILED_PRECONDITION, "exit code 3", "ServerStartError")
    play.file(
        "pkg/x_test.py",
        """\
        async def test_a(arango_single_server):
            await arango_single_server.kill()

        def test_b(): pass
        """,
    )
    assert play.run() not in (0, 5)

    assert play.outcomes == {"test_a": "ERROR"}
    assert "could not be brought back: exit code 3" in play.finished["test_a"].message


def test_a_cluster_is_a_cluster(tmp_path: Path, arango: ScriptedArango) -> None:
    """On a cluster target `arango` is the cluster, and the single server's fixture says what to change."""
    play = PluginRun(tmp_path, CLUSTER)
    play.runner.description.servers.append(server_message("coordinator-1", endpoint=arango.endpoint))
    play.file(
        "pkg/x_test.py",
        """\
        async def test_a(arango, arango_cluster):
            assert arango is arango_cluster
            assert arango.endpoints == [arango.coordinators[0].endpoint]

        async def test_b(arango_single_server): pass
        """,
    )
    play.run()

    assert play.outcomes == {"test_a": "PASSED", "test_b": "ERROR"}
    assert 'set mode = "single_server"' in play.finished["test_b"].message


def test_a_failure_is_shown_at_the_tests_line(play: PluginRun, arango: ScriptedArango) -> None:
    """An error from inside a handle ends in the test's own line, without the handle's frames."""
    arango.answer = lambda request: (404, {"errorNum": 1203, "errorMessage": "no such thing"})
    play.file("pkg/x_test.py", "async def test_a(arango):\n    await arango.database('d').collection('c').count()\n")
    play.run()
    case = play.finished["test_a"]

    assert "pkg/x_test.py:2: in test_a" in case.text
    assert "client.py" not in case.text
    assert case.message.startswith("ArangoNotFoundError: GET /_db/d/_api/collection/c/count")
