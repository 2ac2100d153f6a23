"""The test files and the BUILD file of the verdict scenarios."""

from __future__ import annotations

from tests.framework.scenario.scratch_workspace import ScratchWorkspace

HEAD = '"""A scenario."""\n\n'

FILES = {
    "passes": """\
def test_a(database):
    assert database.name

def test_b(arango):
    assert arango.facts.version
""",
    "requires_more": "def test_a(arango):\n    assert False\n",
}

ATTRIBUTES = {
    "requires_more": 'requires = ["real_arangodb"]',
}
"""More than the defaults."""


def write_suite(workspace: ScratchWorkspace) -> None:
    """Writes package `suite` with one target for each file, named after it."""
    lines = ['load("//rules:defs.bzl", "arangodb_test")\n']
    for name, text in FILES.items():
        workspace.write(f"suite/{name}_test.py", HEAD + text)
        attributes = ATTRIBUTES.get(name, "")
        lines.append(f'arangodb_test(name = "{name}_test", srcs = ["{name}_test.py"], {attributes})\n')
    workspace.write("suite/BUILD.bazel", "".join(lines))
