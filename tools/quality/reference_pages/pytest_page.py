"""docs/reference/pytest.md: fixtures, markers and options of the plug-in; its files are read, not imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from .tables import MADE, table

_FOLDER = "runner/armadillo/pytest_plugin"
_FIXTURES = ("pytest.fixture", "pytest_asyncio.fixture")


def pytest_page(root: Path) -> str:
    """The whole page."""
    trees = {file.stem: ast.parse(file.read_text(encoding="utf-8")) for file in sorted((root / _FOLDER).glob("*.py"))}
    fixtures = sorted(row for tree in trees.values() for row in _fixtures(tree))
    options = sorted(row for tree in trees.values() for row in _options(tree))
    return "\n".join(
        [
            "# Reference: fixtures, markers and options for pytest\n",
            MADE.format(source=f"the docstrings and texts in `{_FOLDER}`"),
            "## Fixtures\n",
            table(["fixture", "type", "what it is"], fixtures),
            "## Markers\n",
            table(["marker", "meaning"], [(f"`{name}`", text) for name, text in _markers(trees["markers"])]),
            "## Options\n\nOne is given as `--test_arg=--option=VALUE`, as pytest's own options are.\n",
            table(["option", "meaning"], options),
        ]
    )


def _fixtures(tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        marks = [mark.func if isinstance(mark, ast.Call) else mark for mark in node.decorator_list]
        if any(ast.unparse(mark) in _FIXTURES for mark in marks):
            yield f"`{node.name}`", f"`{_given(node.returns)}`", (ast.get_docstring(node) or "").split("\n\n")[0]


def _given(returns: ast.expr | None) -> str:
    """What the test gets: of an iterator, what it yields."""
    if isinstance(returns, ast.Subscript) and ast.unparse(returns.value).endswith(("Iterator", "Generator")):
        returns = returns.slice.elts[0] if isinstance(returns.slice, ast.Tuple) else returns.slice
    return ast.unparse(returns) if returns else "None"


def _markers(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "MARKERS":
            for line in ast.literal_eval(node.value):
                name, _, text = line.partition(": ")
                yield name, text


def _options(tree: ast.Module) -> Iterator[tuple[str, str]]:
    names = {
        ast.unparse(node.targets[0]): node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("addoption"):
            words = {one.arg: ast.unparse(one.value) for one in node.keywords}
            first = node.args[0]
            option = str(names[first.id] if isinstance(first, ast.Name) else ast.literal_eval(first))
            value = f"={ast.literal_eval(words['metavar'])}" if "metavar" in words else ""
            yield f"`{option}{value}`", ast.literal_eval(words["help"])
