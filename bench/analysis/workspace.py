"""A workspace with many test targets of one kind beside as many of another."""

from __future__ import annotations

import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PER_PACKAGE = 100
KINDS = ("plain_test", "py_test", "arangodb_test")
"""The plainest rule there can be, Bazel's own for Python, which a suite would use without us, and ours."""

_WORKSPACE = """\
workspace(name = "many_tests")

local_repository(
    name = "armadillo",
    path = "{repository}",
)

load("@armadillo//rules:repositories.bzl", "armadillo_dependencies")

armadillo_dependencies()
"""
_MODULE = """\
module(name = "many_tests")

bazel_dep(name = "armadillo", version = "0.1.0")
local_path_override(
    module_name = "armadillo",
    path = "{repository}",
)
"""
_LOAD = {
    "plain_test": 'load("//:plain_test.bzl", "plain_test")\n',
    "py_test": "",  # a native rule in Bazel 4 and 7
    "arangodb_test": 'load("@armadillo//rules:defs.bzl", "arangodb_test")\n',
}
# Every third one is a cluster, as in a suite of real tests.
_ATTRIBUTES = {
    "plain_test": ("", "", ""),
    "py_test": ('    main = "test_it.py",\n',) * 3,
    "arangodb_test": ("", "", '    mode = "cluster",\n    dbservers = 3,\n    replication_factor = 2,\n'),
}
_TARGET = """
{kind}(
    name = "t{number}",
    srcs = ["test_it.py"],
{attributes})
"""
_TEST = "def test_it(arango):\n    assert arango\n"


def write_workspace(root: Path, numbers: list[int]) -> None:
    """Makes the workspace; `//<kind>_<number>/...` has so many targets of that kind, 100 in a package."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "WORKSPACE").write_text(_WORKSPACE.format(repository=REPOSITORY))
    (root / "WORKSPACE.bzlmod").write_text("")
    (root / "MODULE.bazel").write_text(_MODULE.format(repository=REPOSITORY))
    (root / "BUILD.bazel").write_text("")
    shutil.copy(REPOSITORY / "examples/consumer/.bazelrc", root / ".bazelrc")
    shutil.copy(REPOSITORY / "bench/analysis/plain_test.bzl", root / "plain_test.bzl")
    for kind in KINDS:
        for number in numbers:
            folder = root / f"{kind}_{number}"
            shutil.rmtree(folder, ignore_errors=True)
            for first in range(0, number, PER_PACKAGE):
                _write_package(folder / f"p{first // PER_PACKAGE}", kind, min(PER_PACKAGE, number - first))


def _write_package(folder: Path, kind: str, number: int) -> None:
    folder.mkdir(parents=True)
    (folder / "test_it.py").write_text(_TEST)
    targets = [
        _TARGET.format(kind=kind, number=index, attributes=_ATTRIBUTES[kind][index % 3]) for index in range(number)
    ]
    (folder / "BUILD.bazel").write_text(_LOAD[kind] + "".join(targets))
