"""The process that runs the tests: what it sees, and what is kept from it."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from armadillo.control.test_process import spawn_test_process, without_junit_options
from armadillo.model.deployment import deployment_from_json
from armadillo.model.distribution import ServerDistribution
from armadillo.model.spec import TestSpec
from armadillo.process.child import Child

WITNESS = """
import json, os, sys
with open(os.environ["WITNESS"], "w") as file:
    json.dump({"env": dict(os.environ), "args": sys.argv[1:], "path": sys.path, "cwd": os.getcwd()}, file)
"""


def witness(tmp_path: Path, args: list[str], **environ: str) -> dict[str, Any]:
    """What the test process sees, told by a module that stands in the plug-in's place on the import path."""
    package = tmp_path / "first" / "armadillo"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "pytest_plugin.py").write_text(WITNESS, encoding="utf-8")
    spec = TestSpec(
        target="//a:b",
        deployment=deployment_from_json({}),
        server=ServerDistribution(),
        srcs=(),
        imports=("_main", "_main/lib"),
        test_env={"FROM_SPEC": "1", "ARMADILLO_CONTROL_TOKEN": "forged"},
    )
    spawned = spawn_test_process(
        spec,
        "spec.json",
        args=args,
        runfiles_root="/runfiles",
        workspace="_main",
        control_socket="/private/control.sock",
        token="token",
        run_id="run-1",
        tmp_directory=str(tmp_path),
        environ={"PYTHONPATH": str(tmp_path / "first"), "WITNESS": str(tmp_path / "witness.json"), **environ},
    )

    async def story() -> int:
        return await asyncio.wait_for(Child(spawned).wait(), 60)

    assert asyncio.run(story()) == 0
    seen: dict[str, Any] = json.loads((tmp_path / "witness.json").read_text(encoding="utf-8"))
    return seen


def test_it_is_told_where_the_control_service_is(tmp_path: Path) -> None:
    """Socket, token, spec, runfiles and workspace; a target's own `env` cannot forge them."""
    env = witness(tmp_path, [], HOME="/root")["env"]
    assert {name: value for name, value in env.items() if name.startswith("ARMADILLO_")} == {
        "ARMADILLO_CONTROL_SOCKET": "/private/control.sock",
        "ARMADILLO_CONTROL_TOKEN": "token",
        "ARMADILLO_SPEC": os.path.abspath("spec.json"),
        "ARMADILLO_RUNFILES": "/runfiles",
        "ARMADILLO_WORKSPACE": "_main",
        "ARMADILLO_RUN_ID": "run-1",
        "ARMADILLO_STACKS_FILE": str(tmp_path / "test_process_stacks.txt"),
    }
    assert (env["FROM_SPEC"], env["HOME"], env["TEST_TMPDIR"]) == ("1", "/root", str(tmp_path))


def test_what_the_runner_writes_itself_is_hidden(tmp_path: Path) -> None:
    """A pytest that an IDE tells to write XML would overwrite ours; the rest of Bazel's variables is passed on."""
    env = witness(
        tmp_path,
        [],
        XML_OUTPUT_FILE="/x.xml",
        TEST_SHARD_STATUS_FILE="/s",
        TEST_PREMATURE_EXIT_FILE="/p",
        TESTBRIDGE_TEST_ONLY="filter",
        TEST_SHARD_INDEX="1",
        PYTEST_ADDOPTS="--junitxml=${XML_OUTPUT_FILE} -o junit_family=xunit1",
    )["env"]
    assert not {"XML_OUTPUT_FILE", "TEST_SHARD_STATUS_FILE", "TEST_PREMATURE_EXIT_FILE", "PYTEST_ADDOPTS"} & set(env)
    assert (env["TESTBRIDGE_TEST_ONLY"], env["TEST_SHARD_INDEX"]) == ("filter", "1")


def test_home_is_a_directory_of_the_run_where_bazel_gives_none(tmp_path: Path) -> None:
    """Bazel documents HOME but does not export it."""
    assert witness(tmp_path, [])["env"]["HOME"] == str(tmp_path)


def test_words_for_pytest_and_import_path_arrive(tmp_path: Path) -> None:
    """Arguments unchanged and in order; the spec's imports stand behind the runner's own, the machine's are out."""
    seen = witness(tmp_path, ["-k", "a and b", "tests/x.py::test_y[1 2]"])
    assert seen["args"] == ["-k", "a and b", "tests/x.py::test_y[1 2]"]
    assert seen["path"][:3] == [str(tmp_path / "first"), "/runfiles/_main", "/runfiles/_main/lib"]
    assert not [path for path in seen["path"] if "dist-packages" in path or "site-packages" in path]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("-x -v", "-x -v"),
        ("--junitxml=out.xml -o junit_family=xunit1", ""),
        ("--junitxml out.xml -x", "-x"),
        ("--junit-xml=out.xml --junit-prefix p -x", "-x"),
        ("-x --override-ini junit_logging=all -q", "-x -q"),
        ("-o log_cli=true", "-o log_cli=true"),
        ("-k 'a and b'", "-k 'a and b'"),
        ("--override-ini=junit_family=xunit1 -q", "-q"),
        ("-ojunit_family=xunit1 -q", "-q"),
        ("-k 'never closed", "-k 'never closed"),
    ],
)
def test_pytest_addopts_lose_junit_and_nothing_else(given: str, kept: str) -> None:
    """Every spelling that pytest takes is recognized; quoting survives."""
    assert without_junit_options(given) == kept
