"""Arrows between rooms point downwards, and there is no circle."""

from __future__ import annotations

import ast
import sys

import pytest

from tests.framework.tidy.imports import Import, circle_in, imports_of, module_name
from tests.framework.tidy.source_tree import python_files, tree_of

RUNNER = "runner/"
STANDIN = "tools/arangod_standin/"

RANKS = {
    "errors": 0,
    "model": 1,
    "process": 2,
    "net": 2,
    "arangodb": 3,
    "results": 3,
    "lcov": 3,
    "observe": 3,
    "handles": 4,
    "faults": 4,
    "datasets": 4,
    "workload": 4,
    "report": 4,
    "scenario": 5,
    "control": 5,
    "session": 6,
    "testing": 6,
    "supervision": 7,
    "supervise": 8,
    "armadilloctl": 9,
    "pytest_plugin": 9,
    "seeding": 9,
    "__main__": 9,
}
"""A room imports lower ranks only."""

NEVER = {
    "handles": {"session", "supervision", "supervise", "control", "process"},
    "armadilloctl": {"session", "supervision", "supervise", "control", "process", "results"},
    "pytest_plugin": {"session", "supervision", "supervise", "control", "process", "results"},
}
"""The test's side spawns nothing: it speaks to the runner by the control service."""

PUBLIC_SUITES = ("tests/smoke/", "tests/replication/", "tests/cluster/", "tests/resilience/", "tests/recovery/")


def room_of(module: str) -> str:
    """The room of a module of ours: "model" of "armadillo.model.role"; "" for the package itself."""
    words = module.split(".")
    return words[1] if len(words) > 1 else ""


def problems_with_ranks(path: str, imports: list[Import], module: str) -> list[str]:
    """What one file of the runner imports although it must not."""
    room = room_of(module)
    problems = []
    for one in imports:
        if one.name.split(".")[0] == "armadillo" and not one.is_relative:
            problems.append(f"{path}:{one.line}: imports {one.name} absolutely; inside the package use a relative one")
        if one.name.split(".")[0] == "tests":
            problems.append(f"{path}:{one.line}: nothing imports tests")
        target = room_of(one.name)
        if not one.name.startswith("armadillo.") or target not in RANKS:
            continue
        if target == room:
            continue
        if target in NEVER.get(room, ()):
            problems.append(f"{path}:{one.line}: {room} never imports {target}")
        elif RANKS[target] >= RANKS[room]:
            problems.append(
                f"{path}:{one.line}: {room} (rank {RANKS[room]}) imports {one.name} (rank {RANKS[target]}); "
                "a room imports lower ranks only"
            )
    return problems


def runner_imports() -> dict[str, tuple[str, list[Import]]]:
    """Path, and imports, of each module of the runner."""
    found = {}
    for path in python_files(RUNNER):
        module, is_package = module_name(path, RUNNER)
        found[module] = (path, imports_of(tree_of(path), module, is_package))
    return found


def test_every_room_has_a_rank() -> None:
    """A new room takes its place in the table before it is used."""
    rooms = {room_of(module) for module in runner_imports()} - {""}
    assert rooms <= set(RANKS), f"give a rank to: {sorted(rooms - set(RANKS))}"


def test_rooms_import_lower_ranks_only() -> None:
    """No arrow points upwards or sideways, inside functions and for type checks neither."""
    found = [
        problem
        for module, (path, imports) in runner_imports().items()
        for problem in (problems_with_ranks(path, imports, module) if room_of(module) else [])
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("module", "code", "expected"),
    [
        ("armadillo.model.x", "from ..process.child import Child", "model (rank 1) imports"),
        ("armadillo.net.x", "def f():\n    from ..process import child", "net (rank 2) imports"),
        ("armadillo.handles.x", "from ..control.launcher import Launcher", "handles never imports control"),
        ("armadillo.handles.x", "from ..process import deadline", "handles never imports process"),
        ("armadillo.pytest_plugin.x", "from ..session import Session", "pytest_plugin never imports session"),
        ("armadillo.model.x", "import armadillo.errors", "inside the package use a relative one"),
        ("armadillo.model.x", "from tests.framework import y", "nothing imports tests"),
        ("armadillo.model.x", "from ..errors import SpecError", ""),
        ("armadillo.model.x", "from .role import Role", ""),
        ("armadillo.supervision", "from .session import Session", ""),
        ("armadillo.session", "def f():\n    from .supervision import Supervision", "session (rank 6) imports"),
    ],
)
def test_the_rank_check_sees_what_it_should(module: str, code: str, expected: str) -> None:
    """The check itself: each forbidden arrow is found, allowed ones are not."""
    problems = problems_with_ranks("x.py", imports_of(ast.parse(code), module, False), module)
    assert any(expected in problem for problem in problems) if expected else problems == []


@pytest.mark.parametrize("source_root", [RUNNER, STANDIN])
def test_there_is_no_circle(source_root: str) -> None:
    """No module imports itself by a way over others, when it is loaded."""
    graph: dict[str, set[str]] = {}
    for path in python_files(source_root):
        module, is_package = module_name(path, source_root)
        graph[module] = {
            one.name
            for one in imports_of(tree_of(path), module, is_package)
            if one.is_at_module_level and not one.is_for_typing
        }
    known = {module: {name for name in names if name in graph and name != module} for module, names in graph.items()}
    assert len(known) > 20
    assert circle_in(known) == []


def test_the_circle_check_sees_a_circle() -> None:
    """The check itself: a circle of three is found, a diamond is none."""
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}}) == ["a", "b", "c", "a"]
    assert circle_in({"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": set()}) == []


BUNDLED = ("lark", "fastjsonschema")
"""Packages that the stand-in's executable carries."""


def test_the_standin_imports_nothing_but_itself_the_standard_library_and_what_it_carries() -> None:
    """One bug must not hide in both, and it must start anywhere."""
    found = []
    for path in python_files(f"{STANDIN}arangod_standin/"):
        module, is_package = module_name(path, STANDIN)
        for one in imports_of(tree_of(path), module, is_package):
            first = one.name.split(".")[0]
            if first not in ("arangod_standin", *BUNDLED) and first not in sys.stdlib_module_names:
                found.append(f"{path}:{one.line}: imports {one.name}")
    assert not found, "\n".join(found)


def test_nothing_of_the_product_imports_tests_or_benches() -> None:
    """Rules, runner and tools stand alone; suites do not lean on the framework's own tests."""
    found = []
    for path in python_files("runner/", "rules/", "proto/", "tools/", *PUBLIC_SUITES):
        forbidden = ("tests.framework", "bench") if path.startswith("tests/") else ("tests", "bench")
        for one in imports_of(tree_of(path), module_name(path, "")[0], path.endswith("__init__.py")):
            if any(one.name == name or one.name.startswith(f"{name}.") for name in forbidden):
                found.append(f"{path}:{one.line}: imports {one.name}")
    assert not found, "\n".join(found)


def test_suites_use_the_public_names_only() -> None:
    """They are written as a user would write them: `from armadillo import ...`, no room of it."""
    found = []
    for path in python_files(*PUBLIC_SUITES):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(("armadillo.", "armadillo_api")):
                found.append(f"{path}:{node.lineno}: imports from {node.module}")
            if isinstance(node, ast.Import) and any(alias.name.startswith("armadillo.") for alias in node.names):
                found.append(f"{path}:{node.lineno}: imports a room of armadillo")
    assert not found, "\n".join(found)
