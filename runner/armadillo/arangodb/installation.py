"""A server distribution on this machine: runfiles paths made absolute."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model.distribution import Layout, ServerDistribution, ServerFacts


@dataclass(frozen=True)
class Installation:
    """Absolute paths of a distribution; "" where it has no such part."""

    executable: str
    javascript_directory: str
    resource_directory: str
    top_directory: str
    layout: Layout
    facts: ServerFacts
    sanitizer_suppressions: Mapping[str, str] = field(default_factory=dict)
    symbolizer: str = ""

    @property
    def enterprise_javascript_directory(self) -> str:
        """Of a source build directory: JavaScript modules of the Enterprise edition."""
        if self.layout is not Layout.BUILD_DIRECTORY or not self.top_directory:
            return ""
        path = os.path.join(self.top_directory, "enterprise", "js")
        return path if os.path.isdir(path) else ""


def locate(distribution: ServerDistribution, facts: ServerFacts, runfiles_root: str) -> Installation:
    """Finds a distribution below a runfiles root."""

    def absolute(path: str) -> str:
        return os.path.join(runfiles_root, path) if path else ""

    return Installation(
        executable=absolute(distribution.executable),
        javascript_directory=absolute(distribution.javascript_directory),
        resource_directory=absolute(distribution.resource_directory),
        top_directory=absolute(distribution.top_directory),
        layout=distribution.layout,
        facts=facts,
        sanitizer_suppressions={name: absolute(path) for name, path in distribution.sanitizer_suppressions.items()},
        symbolizer=absolute(distribution.symbolizer),
    )


def problem_with(installation: Installation) -> str:
    """Why this cannot be started, in words; "" when it can."""
    facts = installation.facts
    path = facts.path or installation.executable
    if not installation.executable or not os.path.exists(installation.executable):
        return f"expected arangod at {path}, found nothing there; check the target's `server` and its distribution"
    if not os.access(installation.executable, os.X_OK):
        return f"expected an executable arangod at {path}, found a file that may not be executed (chmod +x)"
    if not facts.is_arangod:
        found = facts.output_head.strip() or "no output"
        return (
            f"expected arangod at {path}: `--version` should print a line `server-version: ...`; "
            f"found exit code {facts.exit_code} and: {found}"
        )
    return ""


def program_of(executable: str) -> str:
    """What a process of this executable really runs: the interpreter for a script, else the executable itself.

    A debugger needs it to read a core; the first line of a script names it.
    """
    try:
        with open(executable, "rb") as file:
            first = file.readline(1024)
    except OSError:
        return executable
    if not first.startswith(b"#!"):
        return executable
    words = first[2:].decode("utf-8", "replace").split()
    return os.path.realpath(words[0]) if words else executable
