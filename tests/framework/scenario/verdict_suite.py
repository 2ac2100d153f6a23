"""The test files and the BUILD file of the verdict scenarios: each target ends in its own way."""

from __future__ import annotations

from tests.framework.scenario.scratch_workspace import ScratchWorkspace

HEAD = '"""A scenario."""\n\nimport os\nimport signal\nimport time\n\n'

FILES = {
    "passes": """\
def test_a(database):
    assert database.name

def test_b(arango):
    assert arango.facts.version
""",
    "fails": """\
def test_good(arango):
    pass

def test_bad(arango):
    print("said before")
    left = 1
    assert left + 1 == 3, "the sum is off"
""",
    "syntax_error": "def test_a(:\n    pass\n",
    "no_test": "def helper():\n    pass\n",
    "exits_inside": """\
def test_a(arango):
    os._exit(0)

def test_b(arango):
    pass
""",
    "is_killed_inside": "def test_a(arango):\n    os.kill(os.getpid(), signal.SIGKILL)\n",
    "ends_early": """\
def test_a(arango, request):
    request.session.shouldstop = "enough"

def test_b(arango):
    pass
""",
    "server_is_killed": """\
def test_a(arango_single_server):
    os.kill(arango_single_server.only_server.pid, signal.SIGSEGV)
    time.sleep(1)
""",
    "server_crashes": "def test_a(arango_single_server):\n    time.sleep(6)\n",
    "server_dies_at_start": "def test_a(arango):\n    pass\n",
    "dbserver_dies_at_start": "def test_a(arango):\n    pass\n",
    "server_ignores_sigterm": "def test_a(arango):\n    pass\n",
    "requires_more": "def test_a(arango):\n    assert False\n",
    "kills_the_runner": """\
def test_before(arango):
    pass

def test_a(arango):
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(3600)
""",
    "hangs": """\
def test_quick(arango):
    pass

def test_slow(arango):
    time.sleep(3600)
""",
}

ATTRIBUTES = {
    "server_crashes": 'server_args = ["--standin.crash-after-ready-s=2:SIGABRT"]',
    "server_dies_at_start": 'server_args = ["--standin.exit-at-start=21"], start_timeout_s = 250',
    "dbserver_dies_at_start": 'mode = "cluster", args_of = {"dbserver-2": ["--standin.exit-at-start=1"]}, '
    "start_timeout_s = 250",
    "server_ignores_sigterm": 'server_args = ["--standin.ignore-sigterm=true"], stop_timeout_s = 1',
    "requires_more": 'requires = ["real_arangodb"]',
}
"""Limits of time are long where the scenario must not wait for them."""


def write_suite(workspace: ScratchWorkspace) -> None:
    """Writes package `suite` with one target for each file, named after it."""
    lines = ['load("//rules:defs.bzl", "arangodb_test")\n']
    for name, text in FILES.items():
        workspace.write(f"suite/{name}_test.py", HEAD + text)
        attributes = ATTRIBUTES.get(name, "")
        lines.append(f'arangodb_test(name = "{name}_test", srcs = ["{name}_test.py"], {attributes})\n')
    workspace.write("suite/BUILD.bazel", "".join(lines))
