"""The fixture's handle on a real server: what is judged, what is told, what is refused."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from armadillo.errors import ArmadilloError, ConsistencyError, UndecidedError
from armadillo.handles.single_server import SingleServer
from armadillo.scenario.consistency import Consistency
from armadillo.workload.checkers import linearize, registers
from armadillo.workload.history import read_history

from tests.framework.runner.handles.play import running as run_of
from tests.framework.runner.handles.play import scripted_runner
from tests.framework.runner.support.scripted_runner import server_message
from tests.framework.standin.support.standin_server import SECRET, StandinServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandinServer]:
    """A single server."""
    made = StandinServer(tmp_path_factory.mktemp("server")).start().wait_available()
    yield made
    made.close()


@asynccontextmanager
async def consistency_on(server: StandinServer, folder: Path) -> AsyncIterator[Consistency]:
    """The handle as the fixture makes it, on a database of its own."""
    message = server_message("single-1", endpoint=f"http://127.0.0.1:{server.port}")
    runner = scripted_runner(folder, [message])
    runner.description.jwt_secret = SECRET.decode()
    async with run_of(runner) as run:
        deployment = SingleServer(run)
        database = await deployment.create_database(f"db{folder.stat().st_ino}")
        made = Consistency(deployment, database, name="case", directory=str(folder), seed=3)
        yield made
        await made.close()
        await database.drop()


async def test_a_good_server_passes_and_leaves_its_history(server: StandinServer, tmp_path: Path) -> None:
    """The history is a file of the outputs, with workload, seed and promise; nothing is told of anomalies."""
    async with consistency_on(server, tmp_path) as consistency:
        async with consistency.running("list_append", clients=3, keys=2) as load:
            await load.more(50)
        assert consistency.unchecked == [load]
        history = await load.check()

        assert consistency.unchecked == []
        assert os.listdir(tmp_path / "history") == ["case-list_append.jsonl.gz"]
        found = read_history(load.history_path)
        assert found == history
        assert (found.seed, found.settings["level"], found.settings["realtime"]) == (3, "serializable", True)


async def test_a_loss_is_told_with_its_operations(server: StandinServer, tmp_path: Path) -> None:
    """The first line names the promise, who wrote and who missed it; the file tells all that was found."""
    async with consistency_on(server, tmp_path) as consistency:
        async with consistency.running("set", clients=2) as load:
            await load.more(50)
            await load.collection.truncate()
            await load.more(20)
        with pytest.raises(ConsistencyError) as raised:
            await load.check()

    headline, _, details = str(raised.value).partition("\n")
    assert headline.startswith("acknowledged write lost: client ")
    assert "added 'e" in headline
    assert raised.value.anomalies[0] == "acknowledged write lost"
    assert "case-set.anomalies.txt" in details
    report = Path(raised.value.explanation_path).read_text(encoding="utf-8")
    assert headline in report
    assert "seed 3" in report


async def test_what_cannot_be_decided_is_no_pass(
    server: StandinServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checker that met its limits raises, and says so in the file."""
    monkeypatch.setattr(registers.check_registers, "__kwdefaults__", {"budget": 1})
    assert linearize.DEFAULT_BUDGET > 1
    async with consistency_on(server, tmp_path) as consistency:
        async with consistency.running("register", clients=2) as load:
            await load.more(50)
        with pytest.raises(UndecidedError, match="no order was found or excluded within 1 steps"):
            await load.check()


async def test_wrong_use_says_what_is_right(server: StandinServer, tmp_path: Path) -> None:
    """An unknown workload, no clients, no servers, a check inside the block, a cluster's check on a single server."""
    async with consistency_on(server, tmp_path) as consistency:
        with pytest.raises(ArmadilloError, match="a workload of counter, life_cycle, list_append"):
            await consistency.running("lists").__aenter__()
        with pytest.raises(ArmadilloError, match="at least one client"):
            await consistency.running("set", clients=0).__aenter__()
        with pytest.raises(ArmadilloError, match="servers to go through"):
            await consistency.running("set", through=[]).__aenter__()
        with pytest.raises(ArmadilloError, match="expected a cluster"):
            await consistency.wait_until_replicas_are_equal()
        async with consistency.running("set", clients=1) as load:
            with pytest.raises(ArmadilloError, match="behind the block"):
                await load.check()
        await load.check()
        with pytest.raises(ArmadilloError, match="found a second one"):
            await load.check()


async def test_a_block_that_fails_is_not_complained_of(server: StandinServer, tmp_path: Path) -> None:
    """The block's own error comes through, the clients end, and nobody asks for a check."""
    async with consistency_on(server, tmp_path) as consistency:
        with pytest.raises(ZeroDivisionError):
            async with consistency.running("counter", clients=2) as load:
                raise ZeroDivisionError
        assert consistency.unchecked == []
        before = load.acknowledged
        assert load.history_path.endswith(".gz")
        assert load.acknowledged == before


async def test_a_load_that_did_nothing_proves_nothing(server: StandinServer, tmp_path: Path) -> None:
    """Nothing acknowledged, last reads included, is an error and no pass."""
    async with consistency_on(server, tmp_path) as consistency:
        async with consistency.running("list_append", clients=1, keys=1, rate_per_s=0.001) as load:
            pass
        load._kind._all.clear()
        with pytest.raises(ArmadilloError, match="nothing to check"):
            await load.check()


async def test_the_rate_is_kept(server: StandinServer, tmp_path: Path) -> None:
    """Clients with a rate do not begin more than it allows, however long they run."""
    async with consistency_on(server, tmp_path) as consistency:
        async with consistency.running("counter", clients=2, rate_per_s=50) as load:
            await load.more(30)
        history = await load.check()
        begun = [one.invoked_ns for one in history.operations if one.process <= 2]
        lasted_s = (begun[-1] - begun[0]) / 1e9
        assert len(begun) <= 50 * lasted_s + 4
