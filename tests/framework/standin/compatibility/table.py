"""The compatibility table, made from the marks of the contract tests.

    python3 tests/framework/standin/compatibility/table.py > docs/compatibility.md

A row is a pair of family and feature; it stands here because a test carries it, and Bazel runs that test on a single
server and on a cluster. Nothing in the table is written by hand.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_SYMBOLS = {"works": "works", "definition only": "*definition only*", "not there": "**not there**"}
_HEAD = """\
# What the stand-in does of ArangoDB

Made by `tests/framework/standin/compatibility/table.py` from the contract tests in `tests/framework/standin/contract`:
every row is backed by the tests it names, which run against a single server and against a cluster unless their names
say otherwise. Change the tests, not this page.

- works: behaves as ArangoDB documents it, as far as the tests look.
- *definition only*: is stored, validated and given back, and has no effect on results or speed.
- **not there**: is refused with ArangoDB's own error, mostly 501 "not implemented".
"""


@dataclass(frozen=True)
class Backing:
    """One test that backs a row."""

    family: str
    feature: str
    status: str
    file: str
    test: str


class BadMark(ValueError):
    """A mark that cannot become a row: not literal, an unknown status, or two tests that contradict each other."""


def backings(files: Iterable[Path]) -> list[Backing]:
    """Return what the `feature` marks of test files say, in the order of the files. Raises BadMark."""
    found = []
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        texts = _constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "feature":
                        found.append(_backing(decorator, texts, file.name, node.name))
    return found


def _constants(tree: ast.Module) -> dict[str, str]:
    """Texts that the file gives a name, as families are."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _backing(mark: ast.Call, texts: dict[str, str], file: str, test: str) -> Backing:
    arguments = (*mark.args, *(word.value for word in mark.keywords))
    try:
        words = [_text(argument, texts) for argument in arguments]
    except ValueError:
        raise BadMark(f"{file}: {test}: feature(...) takes literal texts, found {ast.unparse(mark)}") from None
    family, name, status = [*words, "works"][:3]
    if status not in _SYMBOLS:
        raise BadMark(f"{file}: {test}: status must be one of {', '.join(_SYMBOLS)}, found {status!r}")
    return Backing(family, name, status, file, test)


def _text(argument: ast.expr, texts: dict[str, str]) -> str:
    if isinstance(argument, ast.Name) and argument.id in texts:
        return texts[argument.id]
    return str(ast.literal_eval(argument))


def table(marks: list[Backing]) -> str:
    """Return the page. Raises BadMark when two tests give one row different statuses."""
    families: dict[str, dict[str, list[Backing]]] = {}
    for mark in marks:
        families.setdefault(mark.family, {}).setdefault(mark.feature, []).append(mark)
    parts = [_HEAD]
    for family in sorted(families):
        parts.append(f"\n## {family}\n\n| feature | status | shown by |\n| --- | --- | --- |\n")
        for name, tests in sorted(families[family].items()):
            statuses = sorted({mark.status for mark in tests})
            if len(statuses) > 1:
                where = ", ".join(f"{mark.file}: {mark.test}" for mark in tests)
                raise BadMark(f"{family}: {name} is said to be {' and '.join(statuses)} by {where}")
            files = ", ".join(f"`{file}`" for file in sorted({mark.file for mark in tests}))
            escaped = name.replace("|", "\\|")
            parts.append(f"| {escaped} | {_SYMBOLS[statuses[0]]} | {files} ({len(tests)}) |\n")
    return "".join(parts)


def contract_files(root: Path) -> list[Path]:
    """Return the contract tests below a checkout."""
    return sorted((root / "tests/framework/standin/contract").glob("*_test.py"))


if __name__ == "__main__":
    sys.stdout.write(table(backings(contract_files(Path.cwd()))))
