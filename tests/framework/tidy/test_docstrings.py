"""Whatever has a public name says what it is for; every test says what is true."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.framework.tidy.source_tree import paths, python_files, text_of, tree_of

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
_DECLARATION = re.compile(r"^\s*(message|enum|service)\s+(\w+)")
_DEFINITION = re.compile(r"^def ([a-z]\w*)\(")


def public_things(tree: ast.Module) -> Iterator[tuple[str, int, Documented]]:
    """Module, public classes, functions and methods; what is inside of a function is its own business."""
    yield "module", 1, tree
    yield from _members(tree)


def _members(parent: ast.Module | ast.ClassDef) -> Iterator[tuple[str, int, Documented]]:
    for node in parent.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        if any(ast.unparse(decorator).endswith("overload") for decorator in node.decorator_list):
            continue  # the implementation has it
        yield node.name, node.lineno, node
        if isinstance(node, ast.ClassDef):
            yield from _members(node)


def undocumented(tree: ast.Module) -> list[tuple[str, int]]:
    """Names and lines of public things without a docstring."""
    return [(name, line) for name, line, node in public_things(tree) if not ast.get_docstring(node)]


def weak_tests(tree: ast.Module) -> list[tuple[str, int]]:
    """Tests whose docstring is missing or does not end its first line with a full stop."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            first = (ast.get_docstring(node) or "").split("\n")[0]
            if not first.endswith((".", "?", "!")):
                found.append((node.name, node.lineno))
    return found


def undocumented_protos(text: str) -> list[str]:
    """Messages, enums and services without a comment right above them."""
    lines = text.splitlines()
    return [
        found.group(2)
        for before, line in zip(["", *lines], lines, strict=False)
        if (found := _DECLARATION.match(line)) and not before.strip().startswith("//")
    ]


def test_everything_public_has_a_docstring() -> None:
    """Modules, classes, functions and methods of all our Python."""
    found = [f"{path}:{line}: {name}" for path in python_files("") for name, line in undocumented(tree_of(path))]
    assert not found, "\n".join(found)


def test_every_test_says_in_one_sentence_what_is_true() -> None:
    """A sentence ends with a full stop: it stands in reports."""
    found = [f"{path}:{line}: {name}" for path in python_files("tests/") for name, line in weak_tests(tree_of(path))]
    assert not found, "\n".join(found)


def test_every_message_and_service_says_what_it_is() -> None:
    """The protos are the contracts: each message, enum and service has a comment."""
    protos = [path for path in paths() if path.endswith(".proto")]
    assert len(protos) >= 3
    found = [f"{path}: {name}" for path in protos for name in undocumented_protos(text_of(path))]
    assert not found, "\n".join(found)


def test_every_public_starlark_file_and_function_says_what_it_is() -> None:
    """Each .bzl file begins with its docstring; a public function has one, too."""
    found = []
    for path in (path for path in paths() if path.endswith(".bzl") and not path.startswith("tools/offline/")):
        text = text_of(path)
        if not text.lstrip().startswith('"""'):
            found.append(f"{path}: no docstring at the head of the file")
        lines = text.splitlines()
        for number, line in enumerate(lines):
            definition = _DEFINITION.match(line)
            if definition and not _has_docstring(lines[number:]):
                found.append(f"{path}:{number + 1}: {definition.group(1)}")
    assert not found, "\n".join(found)


def _has_docstring(lines: list[str]) -> bool:
    """Whether the first line after the signature opens a string."""
    for number, line in enumerate(lines):
        if line.rstrip().endswith("):"):
            return lines[number + 1].strip().startswith('"""')
    return False


def test_the_checks_see_what_is_missing() -> None:
    """The checks themselves: a bare method, a lazy test and a bare message are found."""
    tree = ast.parse('"""M."""\nclass A:\n    """A."""\n    def f(self): ...\n    def _g(self): ...\n')
    assert undocumented(tree) == [("f", 4)]
    assert weak_tests(ast.parse('def test_a():\n    """it works"""\ndef test_b():\n    """B holds."""\n')) == [
        ("test_a", 1)
    ]
    assert undocumented_protos("// A.\nmessage A {\n}\nmessage B {\n") == ["B"]
