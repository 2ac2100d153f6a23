"""Files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast

from tests.framework.tidy.imports import functions
from tests.framework.tidy.source_tree import paths, python_files, text_of, tree_of

LONGEST_FILE = 400
LONGEST_FUNCTION = 70
CODE = (".py", ".bzl", ".proto", ".sh", ".bazel")


def test_no_file_of_code_is_long() -> None:
    """At most 400 lines; a longer one holds two nouns."""
    found = [
        f"{path}: {lines} lines"
        for path in paths()
        if path.endswith(CODE) and (lines := text_of(path).count("\n")) > LONGEST_FILE
    ]
    assert not found, "\n".join(found)


def test_no_function_is_long() -> None:
    """At most 70 lines, nested functions counted in."""
    found = [
        f"{path}:{line}: {name} has {length} lines"
        for path in python_files("")
        for name, line, length in functions(tree_of(path))
        if length > LONGEST_FUNCTION
    ]
    assert not found, "\n".join(found)


def test_the_length_of_a_function_is_counted_with_its_body() -> None:
    """The check itself."""
    code = "class A:\n    async def f(self):\n        x = 1\n\n        return x\n"
    assert list(functions(ast.parse(code))) == [("f", 2, 4)]
