"""`bazel coverage`: the report of each target, and verdicts that are the same as without."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from armadillo.lcov.tracefile import Tracefile, read_tracefile

from tests.framework.scenario.evidence import Evidence
from tests.framework.scenario.scratch_workspace import Result, ScratchWorkspace, scratch_workspace

EXAMPLE = "examples/coverage"
HEAD = '"""A scenario."""\n\nimport os\nimport shutil\nimport signal\n\n'
TESTS = {
    "fails": "def test_a():\n    assert 1 == 2\n",
    "kills_itself": "def test_a():\n    os.kill(os.getpid(), signal.SIGKILL)\n",
    "removes_everything": (
        "def test_a():\n"
        '    shutil.rmtree(os.environ["COVERAGE_DIR"])\n'
        '    with open(os.environ["COVERAGE_DIR"], "w") as file:\n'
        "        file.write('no folder')\n"
    ),
}
BY_CLANG = "examples/by_clang"
CLANG_BUILD = f"""\
load("//{EXAMPLE}:counted_program.bzl", "counted_program")
load("//rules:defs.bzl", "arangodb_server", "arangodb_test")

counted_program(name = "door", src = "door.cpp", compiler = "clang++", data = ["//tools/arangod_standin:arangod"])

arangodb_server(name = "server", arangod = ":door")

arangodb_test(name = "version_test", srcs = ["version_test.py"], server = ":server")
"""
NEEDS_CLANG = pytest.mark.skipif(
    not all(map(shutil.which, ("clang++", "llvm-cov", "llvm-profdata"))), reason="there is no clang++ with its tools"
)
COMBINED = "--combined_report=lcov"
GENERATOR = "--coverage_report_generator=//runner:lcov_merger"

pytestmark = pytest.mark.skipif(not shutil.which("g++") or not shutil.which("gcov"), reason="there is no g++ with gcov")


class Run:
    """The example, and tests that go wrong, by one command."""

    def __init__(self, workspace: ScratchWorkspace) -> None:
        self.workspace = workspace
        self.result: Result = workspace.bazel(
            "coverage",
            "--instrument_test_targets",
            COMBINED,
            GENERATOR,
            "--keep_going",
            f"//{EXAMPLE}:prices_test",
            f"//{EXAMPLE}:rounding_test",
            *(f"//suite:{name}_test" for name in TESTS),
        )

    def report_of(self, path: str) -> Tracefile:
        """A report below bazel-testlogs, or the combined one."""
        folder, _, below = path.partition("/")
        text = self.workspace.file_of(folder, below).read_text(encoding="utf-8")
        tracefile, broken = read_tracefile(text.splitlines())
        assert broken == 0
        return tracefile

    def hits(self, report: Tracefile, source: str) -> dict[str, bool]:
        """Whether each line of a source ran that has code, by its text."""
        text = (self.workspace.root / source).read_text(encoding="utf-8").splitlines()
        lines = report.sources[source].lines
        return {text[number - 1].strip(): count > 0 for number, count in lines.items()}

    def suite(self, name: str) -> Evidence:
        """What one of the tests that go wrong left."""
        return Evidence(self.workspace, f"suite/{name}_test")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """The one run that all tests of this file look at."""
    with scratch_workspace(tmp_path_factory.mktemp("coverage")) as workspace:
        shutil.copytree(Path(EXAMPLE), workspace.root / EXAMPLE, symlinks=False)
        lines = ['load("//rules:defs.bzl", "arangodb_test")\n']
        for name, text in TESTS.items():
            workspace.write(f"suite/{name}_test.py", HEAD + text)
            lines.append(f'arangodb_test(name = "{name}_test", srcs = ["{name}_test.py"])\n')
        workspace.write("suite/BUILD.bazel", "".join(lines))
        yield Run(workspace)


def test_lines_of_a_test_and_of_its_library(run: Run) -> None:
    """Those that ran and those that did not, under the paths of the workspace."""
    assert run.result.status_of(f"//{EXAMPLE}:prices_test") == "PASSED"
    report = run.report_of(f"bazel-testlogs/{EXAMPLE}/prices_test/coverage.dat")
    assert run.hits(report, f"{EXAMPLE}/prices.py") == {
        "def rounded(cents: int) -> int:": True,
        "return cents - cents % 5": True,
        "def dearest(prices: list[int]) -> int:": True,
        "return max(prices)": False,
    }
    test = run.hits(report, f"{EXAMPLE}/prices_test.py")
    assert test['stored = await collection.insert({"cents": rounded(42)})']
    assert not test["raise AssertionError(f\"expected 40, found {price['cents']}\")"]


def test_lines_of_an_instrumented_server(run: Run) -> None:
    """Which it wrote when it was stopped in order; no header of the system is among its sources."""
    report = run.report_of(f"bazel-testlogs/{EXAMPLE}/prices_test/coverage.dat")
    door = run.hits(report, f"{EXAMPLE}/door.cpp")
    assert door["pass_on(child, number);"]
    assert door["return WEXITSTATUS(status);"]
    assert not door["return 128 + WTERMSIG(status);"]
    assert {name.rsplit("/", 1)[0] for name in report.sources} == {EXAMPLE}


def test_lines_of_a_program_that_is_the_test(run: Run) -> None:
    """The same for arangodb_binary_test."""
    assert run.result.status_of(f"//{EXAMPLE}:rounding_test") == "PASSED"
    report = run.report_of(f"bazel-testlogs/{EXAMPLE}/rounding_test/coverage.dat")
    rounding = run.hits(report, f"{EXAMPLE}/rounding.cpp")
    assert rounding["return cents - cents % 5;"]
    assert not rounding["return cents + 5 - cents % 5;"]


def test_the_combined_report_has_all(run: Run) -> None:
    """Without Java and without a download, by the same program."""
    report = run.report_of("bazel-out/_coverage/_coverage_report.dat")
    names = {f"{EXAMPLE}/{name}" for name in ("door.cpp", "prices.py", "prices_test.py", "rounding.cpp")}
    assert names <= set(report.sources)


def test_a_failure_stays_a_failure(run: Run) -> None:
    """An assertion, and a test process that dies in the middle of it: the verdict and the evidence are as ever."""
    assert run.result.exit_code == 3
    failed, died = run.suite("fails"), run.suite("kills_itself")
    assert {run.result.status_of(f"//suite:{name}_test").split()[0] for name in ("fails", "kills_itself")} == {"FAILED"}
    assert failed.outcomes == {"test_a": "failure"}
    assert "assert 1 == 2" in failed.headline
    assert "the test process died" in died.headline


def test_lines_that_cannot_be_had_are_a_warning(run: Run) -> None:
    """The test passed, so it passes; its log and its warnings say what is missing."""
    assert run.result.status_of("//suite:removes_everything_test") == "PASSED"
    log = run.suite("removes_everything").log
    assert "the lines of Python cannot be written" in log
    assert "note: coverage: the test process told no lines of Python" in log


@NEEDS_CLANG
def test_lines_of_a_server_that_clang_compiled(run: Run) -> None:
    """By LLVM's tools, the same lines of the same program as by gcov."""
    workspace = run.workspace
    workspace.write(f"{BY_CLANG}/BUILD.bazel", CLANG_BUILD)
    workspace.write(f"{BY_CLANG}/version_test.py", "async def test_a(arango):\n    assert await arango.version()\n")
    shutil.copy(workspace.root / EXAMPLE / "door.cpp", workspace.root / BY_CLANG)
    result = workspace.bazel("coverage", f"//{BY_CLANG}:version_test")

    assert result.status_of(f"//{BY_CLANG}:version_test") == "PASSED", result.output
    report = run.report_of(f"bazel-testlogs/{BY_CLANG}/version_test/coverage.dat")
    door = run.hits(report, f"{BY_CLANG}/door.cpp")
    assert door["pass_on(child, number);"]
    assert door["return WEXITSTATUS(status);"]
    assert not door["return 128 + WTERMSIG(status);"]
