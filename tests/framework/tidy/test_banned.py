"""A is banned, use B."""

from __future__ import annotations

import ast
import re

import pytest

from tests.framework.tidy.source_tree import paths, python_files, text_of, tree_of

BANNED_CALLS = {
    "os.system": "subprocess.run with a list of words",
    "os.popen": "subprocess.run with a list of words",
    "eval": "ast.literal_eval, or a function",
    "exec": "a function",
    "tempfile.mktemp": "tempfile.mkstemp or a directory of your own",
    "datetime.datetime.utcnow": "datetime.datetime.now(datetime.UTC)",
    "asyncio.get_event_loop": "asyncio.get_running_loop",
    "socket.gethostname": "nothing: a host's name differs between equal runs",
    "random.random": "a random.Random with a seed that is printed",
    "random.randint": "a random.Random with a seed that is printed",
    "random.choice": "a random.Random with a seed that is printed",
    "random.shuffle": "a random.Random with a seed that is printed",
    "random.sample": "a random.Random with a seed that is printed",
    "random.seed": "a random.Random with a seed that is printed",
}
ALLOWED_CALLS = {
    ("tests/framework/standin/support/standin_server.py", "random.choice"): "two runs must not try the same ports",
    (
        "tools/quality/reference_pages/starlark_file.py",
        "exec",
    ): "reads our Starlark files as Python: their syntax is a part of it",
}

FORKING = {
    "os.fork": (
        "runner/armadillo/control/bazel_run.py",  # the first thing of a run by `bazel run`, before there is any thread
        "runner/armadillo/net/lab_entry.py",
        "runner/armadillo/net/link_proxies.py",
        "runner/armadillo/process/guardian.py",
        "tools/arangod_standin/arangod_standin/process.py",  # --daemon, before there is any thread
    ),
}
"""Calls that few files may make: a fork elsewhere would copy threads and locks."""

SLEEPS = ("time.sleep", "asyncio.sleep")
ALLOWED_SLEEPS = {
    "bench/standin/processes.py": "between two looks at a server that starts, while its time is taken",
    "bench/standin/measure.py": "what a server at rest uses is measured after a while at rest",
    "bench/startup/plain/plain_servers.py": "what a hand-written fixture does is what is measured",
    "runner/armadillo/control/port_race.py": "between two looks at a port that somebody holds",
    "runner/armadillo/control/running_deployment.py": "between two looks at readiness: servers offer no event for it",
    "runner/armadillo/control/running_server.py": "until the kernel shows a stopped process: it offers no event",
    "runner/armadillo/control/hang_analysis.py": "until a test process has written its stacks: signals have no answer",
    "runner/armadillo/faults/clock.py": "between two looks at a server's clock, and from one jump to the next",
    "runner/armadillo/faults/cpu_limit.py": "between two looks at a process that is stopped in turns: no event tells",
    "runner/armadillo/handles/log_cursor.py": "between two looks at a growing log",
    "runner/armadillo/handles/wait.py": "the one wait for named conditions",
    "runner/armadillo/process/guardian.py": "between two looks at /proc: they are not its children",
    "runner/armadillo/pytest_plugin/leak_check.py": "between two looks at what is on its way out",
    "runner/armadillo/pytest_plugin/runner_watch.py": "between two looks at the runner",
    "runner/armadillo/results/hub.py": "leaves the loop to others between two writings of test.xml",
    "tests/framework/runner/net/test_link_rules.py": "bytes are sent one by one, a millisecond apart",
    "tests/framework/runner/support/waiting.py": "the tests' own wait for named conditions",
    "tests/framework/standin/cluster/administration_test.py": "nothing may happen for two rounds of the supervision",
    "tests/framework/standin/cluster/backup_crash_test.py": "a seeded moment for a kill",
    "tests/framework/standin/cluster/crash_loop_test.py": "a seeded schedule of kills, and a client that backs off",
    "tests/framework/standin/cluster/partition_test.py": "what is cut off must not be answered for a while",
    "tests/framework/standin/support/kill_rounds.py": "a seeded schedule of kills",
    "tests/framework/standin/support/standin_server.py": "the same for the stand-in, which shares no code with us",
    "tests/framework/standin/support/write_ledger.py": "a client that backs off after a refusal",
    "tests/resilience/durability_test.py": "the time after which ArangoDB promises that a write is on disk",
    "tools/remote/service.py": "between two looks at a port on which a service begins to listen",
    "tests/replication/acknowledged_writes.py": "a client that backs off after a refusal",
}
ALLOWED_SLEEPS_BELOW = {
    "tools/arangod_standin/": "a server has timers: heartbeats, retries, delays that a test asks for",
}

ABSOLUTE = re.compile(r"(?<![\w.}$/])/(?:home|root|Users|work|mnt|srv)/\w|[A-Z]:\\\\")
HOSTS = re.compile(
    r"\b(?:pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|bcr\.bazel\.build|ghcr\.io|docker\.io)"
)
PROCESS_TALK = re.compile(r"\bissue #?\d|\bAI\b|\bLLM\b|/tmp/(?:brief|venv|gen)\b")
ALLOWED_TEXT = {
    "tools/bazel": "asks whether Bazel's public registry can be reached",
    "tests/framework/tidy/test_banned.py": "this file",
}


def calls(tree: ast.AST) -> list[tuple[str, int]]:
    """Dotted names of everything that is called, with `from x import y` undone, and its line."""
    origin = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not node.level:
            origin.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
        if isinstance(node, ast.Import):
            origin.update({alias.asname: alias.name for alias in node.names if alias.asname})
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            first, dot, rest = ast.unparse(node.func).partition(".")
            found.append((f"{origin.get(first, first)}{dot}{rest}", node.lineno))
    return found


def shells(tree: ast.AST) -> list[int]:
    """Lines of calls with shell=True."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "shell" and isinstance(keyword.value, ast.Constant) and keyword.value.value
    ]


def test_no_banned_call_is_made() -> None:
    """Each has its replacement; exceptions are listed with their reason."""
    found = []
    for path in python_files(""):
        for name, line in calls(tree_of(path)):
            if name in BANNED_CALLS and (path, name) not in ALLOWED_CALLS:
                found.append(f"{path}:{line}: {name}; use {BANNED_CALLS[name]}")
            if name in FORKING and path not in FORKING[name]:
                found.append(f"{path}:{line}: {name}; only {' and '.join(FORKING[name])} may")
        found += [f"{path}:{line}: shell=True; use a list of words" for line in shells(tree_of(path))]
    assert not found, "\n".join(found)


def test_nobody_sleeps_instead_of_waiting_for_a_condition() -> None:
    """A bare sleep is a race or wasted time; the few that are needed are listed with their reason."""
    found = []
    for path in python_files(""):
        if path in ALLOWED_SLEEPS or path.startswith(tuple(ALLOWED_SLEEPS_BELOW)):
            continue
        for name, line in calls(tree_of(path)):
            is_yield = name == "asyncio.sleep" and "asyncio.sleep(0)" in text_of(path).splitlines()[line - 1]
            if name in SLEEPS and not is_yield:
                found.append(f"{path}:{line}: {name}; wait for a named condition with a deadline")
    assert not found, "\n".join(found)


def test_no_exception_is_left_that_nobody_needs() -> None:
    """An entry of a list of exceptions goes when its reason is gone."""
    sleepers = {path for path in python_files("") if any(name in SLEEPS for name, _ in calls(tree_of(path)))}
    assert set(ALLOWED_SLEEPS) <= sleepers
    for path, name in ALLOWED_CALLS:
        assert name in {called for called, _ in calls(tree_of(path))}
    assert all(HOSTS.search(text_of(path)) for path in ALLOWED_TEXT)


@pytest.mark.parametrize("what", [ABSOLUTE, HOSTS, PROCESS_TALK], ids=["absolute-path", "host", "process-talk"])
def test_no_file_knows_a_machine(what: re.Pattern[str]) -> None:
    """No path of somebody's machine, no host of a registry, no talk about how the code came to be."""
    found = [
        f"{path}:{number}: {hit.group(0)}"
        for path in paths()
        if path not in ALLOWED_TEXT and not path.endswith(".lock")
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if (hit := what.search(line))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import time\ntime.sleep(1)", "time.sleep"),
        ("from time import sleep\nsleep(1)", "time.sleep"),
        ("import asyncio as a\nasync def f(): await a.sleep(1)", "asyncio.sleep"),
        ("import os\nos.system('x')", "os.system"),
        ("from random import choice as pick\npick([1])", "random.choice"),
    ],
)
def test_the_check_sees_through_aliases(code: str, name: str) -> None:
    """The check itself: a call is found whatever it was imported as."""
    assert name in [called for called, _ in calls(ast.parse(code))]


def test_the_check_sees_shells_paths_and_hosts() -> None:
    """The check itself: what is banned is found, what only looks alike is not."""
    assert shells(ast.parse("run('x', shell=True)\nrun('x', shell=False)")) == [1]
    assert ABSOLUTE.search("see /home/me/x")
    assert not ABSOLUTE.search("$ROOT/root/.config and https://host/home/x")
    assert HOSTS.search("https://pypi.org/simple")
    assert PROCESS_TALK.search("as issue 2 says")
    assert not PROCESS_TALK.search("tissue 2, AIR")
