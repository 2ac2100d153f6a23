"""Runs that go well, and targets that cannot be run; what goes wrong is in //tests/framework/canary."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.scratch_workspace import Result, ScratchWorkspace, scratch_workspace
from tests.framework.scenario.verdict_suite import FILES, write_suite


class Run:
    """All targets, run once by one command."""

    def __init__(self, workspace: ScratchWorkspace) -> None:
        self.workspace = workspace
        targets = [f"//suite:{name}_test" for name in FILES]
        self.result: Result = workspace.bazel("test", "--keep_going", *targets)

    def of(self, name: str) -> Evidence:
        """What one target left."""
        return Evidence(self.workspace, f"suite/{name}_test")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The one run that all tests of this file look at."""
    with scratch_workspace(tmp_path_factory.mktemp("verdict")) as workspace:
        write_suite(workspace)
        yield Run(workspace)


def test_bazel_says_passed(run: Run) -> None:
    """Both targets, and the client's exit code is 0."""
    assert run.result.exit_code == 0
    assert {name: run.result.status_of(f"//suite:{name}_test") for name in FILES} == dict.fromkeys(FILES, "PASSED")


def test_a_passing_target_tells_its_server(run: Run) -> None:
    """Cases with file and line, the server's version and the stand-in's own name, no headline."""
    passed = run.of("passes")
    assert passed.outcomes == {"test_a": "passed", "test_b": "passed"}
    assert passed.cases["test_b"].get("file") == "suite/passes_test.py"
    assert passed.cases["test_b"].get("line") == "5"
    assert passed.properties["armadillo.server_version"].startswith("3.12")
    assert "standin" in passed.properties["armadillo.server_standin"]
    assert passed.headline == ""


def test_the_outputs_have_one_log_for_each_server(run: Run) -> None:
    """Log, output and command line of the server, the event log, and an index that names them all."""
    passed = run.of("passes")
    files = {entry["path"]: entry for entry in passed.index["files"]}
    assert files["servers/single-1/1/arangod.log"]["server"] == "single-1"
    assert {"servers/single-1/1/command_line.txt", "events.binpb", "results.json"} <= set(files)
    assert b"ready for business" in passed.outputs["servers/single-1/1/arangod.log"]
    kinds = passed.event_kinds()
    assert (kinds[0], kinds[-1], kinds.count("case_finished")) == ("run_started", "run_finished", 2)


def test_what_the_server_lacks_is_a_skip_with_its_reason(run: Run) -> None:
    """The run passes, its cases are skipped and say why; no server was started."""
    skipped = run.of("requires_more")
    assert skipped.outcomes == {"test_a": "skipped"}
    assert "requires real_arangodb" in skipped.message_of("test_a")
    assert not [path for path in skipped.outputs if path.startswith("servers/")]


def test_a_wrong_matrix_is_refused_while_it_is_loaded(run: Run) -> None:
    """An exclusion that fits nothing: no target of the package is run, and the text lists what there is."""
    run.workspace.write(
        "matrix/BUILD.bazel",
        'load("//rules:defs.bzl", "arangodb_test_matrix")\n'
        'arangodb_test_matrix(name = "all_test", srcs = ["a_test.py"], exclude = ["clutser"],\n'
        '    topologies = {"cluster": {"mode": "cluster"}, "single": {}})\n',
    )
    refused = run.workspace.bazel("test", "//matrix:all_test")
    assert refused.exit_code == 1
    assert '//matrix:all_test: exclude has "clutser", which fits no combination' in refused.output
    assert 'there are: "cluster", "single"' in refused.output


def test_a_wrong_attribute_is_refused_in_analysis(run: Run) -> None:
    """Nothing is run; the text names the target, the law and what to do."""
    run.workspace.write(
        "wrong/BUILD.bazel",
        'load("//rules:defs.bzl", "arangodb_test")\n'
        'arangodb_test(name = "wrong_test", srcs = ["wrong_test.py"], mode = "cluster", agents = 2)\n',
    )
    run.workspace.write("wrong/wrong_test.py", "def test_a():\n    pass\n")
    refused = run.workspace.bazel("test", "//wrong:wrong_test")
    assert refused.exit_code == 1
    assert "//wrong:wrong_test" in refused.output
    assert "agents" in refused.output
    assert "odd" in refused.output


def test_what_cannot_be_meant_fails_with_the_way_out(run: Run) -> None:
    """An upgrade over a minor version, by what the binaries say, and a filter in a dialect that nobody understands."""
    run.workspace.write(
        "bad/BUILD.bazel",
        'load("//rules:defs.bzl", "arangodb_server", "arangodb_test", "arangodb_upgrade_test")\n'
        'arangodb_server(name = "old", arangod = "old.sh", layout = "executable")\n'
        'arangodb_upgrade_test(name = "upgrade_test", srcs = ["a_test.py"], from_server = ":old",\n'
        '    to_server = "//tools/arangod_standin:server")\n'
        'arangodb_test(name = "dialect_test", srcs = ["a_test.py"], args = ["test_first|^test_b"])\n',
    )
    old = '#!/bin/sh\nprintf "server-version: 3.10.14\\nlicense: community\\n"\n'
    run.workspace.write("bad/old.sh", old, executable=True)
    run.workspace.write("bad/a_test.py", "def test_first(arango):\n    pass\n")
    assert run.workspace.bazel("test", "--keep_going", "//bad:all").exit_code == 3

    upgrade, dialect = (Evidence(run.workspace, f"bad/{name}_test") for name in ("upgrade", "dialect"))
    assert upgrade.headline == (
        "expected an upgrade that ArangoDB allows, found one from 3.10.14 to 3.12.10: minor versions are not skipped; "
        "upgrade to 3.11 first, as to_server, and go on in a second test; or set by_dump = True "
        "and bring the data over by arangodump and arangorestore, which may skip versions"
    )
    assert "no case fits 'test_first|^test_b'; nearest: bad/a_test.py::test_first" in dialect.headline
    assert "Regular expressions are not understood" in dialect.headline
    assert "docs/selecting_and_sharding.md has the grammar" in dialect.headline
    assert not [path for path in upgrade.outputs if path.startswith("servers/")]
