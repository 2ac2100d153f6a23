"""pytest's names of cases as the event log, `test.xml` and IDEs want them."""

from __future__ import annotations

import re

_OTHER_REPOSITORY = re.compile(r"^(?:\.\./)+")
_PARAMETERS = re.compile(r"\[.*\]$", re.DOTALL)


def workspace_relative(node_id: str) -> str:
    """The node id with a path relative to its workspace.

    A file of another repository lies beside the workspace in the runfiles ("../other/tests/x.py"): there the
    repository's name stays as the first part.
    """
    return _OTHER_REPOSITORY.sub("", node_id)


def split_node_id(node_id: str) -> tuple[str, list[str], str]:
    """Path, names of the classes, and the function's name with its parameters."""
    parameters = _PARAMETERS.search(node_id)
    bare = node_id[: parameters.start()] if parameters else node_id
    path, *names = bare.split("::")
    function = (names[-1] if names else "") + (parameters.group() if parameters else "")
    return path, names[:-1], function


def without_parameters(node_id: str) -> str:
    """The node id without the part in brackets."""
    return _PARAMETERS.sub("", node_id)


def module_of(path: str) -> str:
    """The dotted path of a module: "tests/smoke/x_test.py" is "tests.smoke.x_test"."""
    return path.removesuffix(".py").replace("/", ".")


def class_name_of(node_id: str) -> str:
    """What JUnit calls `classname`: dotted path of module and classes."""
    path, classes, _ = split_node_id(node_id)
    return ".".join([module_of(path), *classes])


def name_of(node_id: str) -> str:
    """What JUnit calls `name`: the function with its parameters."""
    return split_node_id(node_id)[2]
