"""Who imports whom: read from the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Import:
    """One imported module; `name` is absolute and dotted, relative ones are resolved."""

    name: str
    line: int
    is_relative: bool
    is_at_module_level: bool
    is_for_typing: bool


def imports_of(tree: ast.Module, module: str, is_package: bool) -> list[Import]:
    """All imports of a module; `from a import b` counts as a and as a.b."""
    found: list[Import] = []
    _collect(tree, module.split(".") if is_package else module.split(".")[:-1], True, False, found)
    return found


def _collect(node: ast.AST, package: list[str], at_module_level: bool, for_typing: bool, found: list[Import]) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            found += [Import(alias.name, child.lineno, False, at_module_level, for_typing) for alias in child.names]
        elif isinstance(child, ast.ImportFrom):
            base = package[: len(package) - child.level + 1] if child.level else []
            name = ".".join([*base, *([child.module] if child.module else [])])
            for candidate in (name, *(f"{name}.{alias.name}" for alias in child.names)):
                found.append(Import(candidate, child.lineno, child.level > 0, at_module_level, for_typing))
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for part in child.body:
                _collect(ast.Module([part], []), package, at_module_level, True, found)
            for part in child.orelse:
                _collect(ast.Module([part], []), package, at_module_level, for_typing, found)
        else:
            is_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            _collect(child, package, at_module_level and not is_function, for_typing, found)


def module_name(path: str, source_root: str) -> tuple[str, bool]:
    """Dotted name of a file below a source root, and whether it is a package."""
    words = path.removeprefix(source_root).removesuffix(".py").split("/")
    if words[-1] == "__init__":
        return ".".join(words[:-1]), True
    return ".".join(words), False


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """A circle of modules, the first one again at its end; an empty list when there is none."""
    done: set[str] = set()
    for start in sorted(graph):
        circle = _circle_from(start, graph, [], done)
        if circle:
            return circle
    return []


def _circle_from(module: str, graph: Mapping[str, set[str]], way: list[str], done: set[str]) -> list[str]:
    if module in way:
        return [*way[way.index(module) :], module]
    if module in done:
        return []
    for following in sorted(graph.get(module, ())):
        circle = _circle_from(following, graph, [*way, module], done)
        if circle:
            return circle
    done.add(module)
    return []


def functions(tree: ast.AST) -> Iterator[tuple[str, int, int]]:
    """Name, line and length in lines of every function, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1
