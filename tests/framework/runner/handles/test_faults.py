"""`Faults`: a method for each kind with its own parameters; targets as words; errors as the runner has them."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import Any

import grpc
import pytest
from armadillo.errors import FaultConflictError, FaultRequestError, FaultUnavailableError
from armadillo.faults.registry import kinds
from armadillo.handles.fault import word_of
from armadillo.handles.faults import Faults
from armadillo.handles.server import Server
from armadillo.handles.shard import Shard

from tests.framework.runner.handles.play import running, scripted_runner
from tests.framework.runner.support.scripted_runner import server_message

GENERIC = ("inject", "start", "in_force", "heal_all", "blocking")
KIND_OF = {
    "disk_full": "disk.full",
    "disk_read_only": "disk.read_only",
    "slow_disk": "disk.slow",
    "failing_disk": "disk.failing",
    "lose_unsynced_writes": "disk.lose_unsynced_writes",
    "corrupt_disk": "disk.corrupt",
    "memory_limit": "resource.memory_limit",
    "cpu_limit": "resource.cpu_limit",
    "open_files_limit": "resource.open_files_limit",
    "clock_skew": "clock.skew",
    "clock_jump": "clock.jump",
    "failure_point": "arangodb.failure_point",
    "restart_with": "process.restart",
}
"""Methods whose name is not the kind's own."""
SPLIT = {
    "restart": {"wipe_data", "kill"},
    "restart_with": {"extra_args", "kill"},
    "failure_point": set(),
}
"""Methods that offer only some of the parameters as keywords, or all of them as arguments of their own."""


def methods() -> dict[str, Any]:
    """The methods that stand for a kind."""
    found = inspect.getmembers(Faults, inspect.isfunction)
    return {name: method for name, method in found if not name.startswith("_") and name not in GENERIC}


def kind_of(method: str) -> Any:
    """The class of the kind that a method stands for."""
    known = kinds()
    names = [KIND_OF.get(method, ""), f"process.{method}", f"network.{method}"]
    (found,) = [known[name] for name in names if name in known]
    return found


def test_every_kind_has_a_method() -> None:
    """Nothing has to be asked for by its name."""
    assert {kind_of(name).kind for name in methods()} == set(kinds())


@pytest.mark.parametrize("name", sorted(methods()))
def test_a_method_has_the_parameters_of_its_kind(name: str) -> None:
    """Same names, same defaults."""
    fields = {field.name: field for field in dataclasses.fields(kind_of(name).parameters_type)}
    keywords = {
        parameter.name: parameter.default
        for parameter in inspect.signature(methods()[name]).parameters.values()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    assert set(keywords) == SPLIT.get(name, set(fields))
    for word, default in keywords.items():
        wanted = fields[word].default
        if name not in SPLIT:
            assert default == (inspect.Parameter.empty if wanted is dataclasses.MISSING else wanted), word


async def test_targets_become_words(tmp_path: Path) -> None:
    """Servers by name, shards by their leader, a list as one group, words as they are."""
    runner = scripted_runner(tmp_path, [server_message("dbserver-1"), server_message("dbserver-2")])
    async with running(runner) as run:
        first, second = (Server(run, message) for message in runner.description.servers)
        assert word_of(first) == "dbserver-1"
        assert word_of([first, second]) == "dbserver-1, dbserver-2"
        assert word_of(Shard("s7", "PRMR-1")) == "leader of s7"
        async with Faults(run).partition([first], "everybody else") as fault:
            assert fault.is_in_force
        (request,) = [request for verb, request in runner.verbs if verb == "Inject"]
        assert (request.kind, list(request.targets)) == ("network.partition", ["dbserver-1", "everybody else"])
        with pytest.raises(TypeError, match="expected a server, a shard, words, or a list"):
            word_of(3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, FaultRequestError),
        (grpc.StatusCode.FAILED_PRECONDITION, FaultConflictError),
        (grpc.StatusCode.UNIMPLEMENTED, FaultUnavailableError),
    ],
)
async def test_errors_are_the_runners(tmp_path: Path, status: grpc.StatusCode, kind: type[Exception]) -> None:
    """Class and text."""
    runner = scripted_runner(tmp_path, [server_message("single-1")])
    runner.refusals["Inject"] = (status, "because of this", kind.__name__)
    async with running(runner) as run:
        with pytest.raises(kind, match=r"^because of this$"):
            await Faults(run).kill("single-1").start()


async def test_the_blocks_own_error_stays_the_first(tmp_path: Path) -> None:
    """A healing that fails behind a failed block is a note on its error; alone it is raised."""
    runner = scripted_runner(tmp_path, [server_message("single-1")])
    runner.refusals["Heal"] = (grpc.StatusCode.FAILED_PRECONDITION, "still there", "FaultNotProvedError")
    async with running(runner) as run:
        with pytest.raises(ValueError, match="inside") as caught:
            async with Faults(run).kill("single-1"):
                raise ValueError("inside")
        assert "healing <fault fault-1" in caught.value.__notes__[0]
        with pytest.raises(Exception, match="still there"):
            async with Faults(run).kill("single-1"):
                pass


async def test_all_can_be_healed_at_once(tmp_path: Path) -> None:
    """The last begun first."""
    runner = scripted_runner(tmp_path, [server_message("single-1")])
    async with running(runner) as run:
        faults = Faults(run)
        for _ in range(3):
            await faults.start("process.kill", ["single-1"])
        await faults.heal_all()
        assert await faults.in_force() == []
    assert runner.healed == ["fault-3", "fault-2", "fault-1"]
