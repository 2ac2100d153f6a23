"""Targets that look at what Bazel and the runner give them, and a script around each that looks at what is left."""

from __future__ import annotations

from pathlib import Path

from tests.framework.scenario.scratch_workspace import ScratchWorkspace

LOOK = """\
#!/bin/bash
# Bazel's --run_under: looks at what the launcher finds and leaves, as Bazel itself or its newer versions would.
trap : TERM
list() { (cd "$TEST_SRCDIR" && find . | sort); }
list >"$TEST_TMPDIR/before"
export LOOK_STATUS_FILE="${TEST_SHARD_STATUS_FILE:-}" LOOK_PREMATURE_FILE="$TEST_PREMATURE_EXIT_FILE"
export TEST_TIMEOUT="${LOOK_TIMEOUT:-$TEST_TIMEOUT}"
before=()
case "$TEST_TARGET" in
*:without_lab_test)
    before=(unshare --user --map-root-user --mount --pid --fork --mount-proc
        sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$0" "$@"') ;;
esac
printf 'first\\nsecond\\n' >"$TEST_TMPDIR/words"
exec <"$TEST_TMPDIR/words"
"${before[@]}" "$@"
code=$?
read -r left
is_there() { if [ -n "$1" ] && [ -e "$1" ]; then echo yes; else echo no; fi; }
cat >"$TEST_UNDECLARED_OUTPUTS_DIR/look.txt" <<EOF
exit_code $code
stdin_begins_with $left
premature_exit_file $(is_there "$LOOK_PREMATURE_FILE")
infrastructure_file $(is_there "$TEST_INFRASTRUCTURE_FAILURE_FILE")
unused_runfiles_log $(is_there "${TEST_UNUSED_RUNFILES_LOG_FILE:-}")
logsplitter_output $(is_there "${TEST_LOGSPLITTER_OUTPUT_FILE:-}")
changed_runfiles $(list | diff "$TEST_TMPDIR/before" - | grep -c '^[<>]')
EOF
exit $code
"""

ENVIRONMENT = '''\
"""A scenario: what Bazel gives is handed on, or kept back."""

import os
from pathlib import Path

TEMPORARY = os.environ["TEST_TMPDIR"]
OF_SERVERS = {
    "ARMADILLO_RUN_ID", "GLIBCXX_FORCE_NEW", "HOME", "LANG", "LC_ALL", "MARK", "PATH", "TMPDIR", "TZ", "USER",
}


def environment_of(pid):
    items = Path("/proc", str(pid), "environ").read_text().split("\\0")
    return dict(item.split("=", 1) for item in items if item)


def test_the_server(arango):
    pid = arango.server("single-1").pid
    found = environment_of(pid)
    assert set(found) - OF_SERVERS == set()
    assert (found["HOME"], found["LC_ALL"], found["TZ"]) == (TEMPORARY, "C.UTF-8", "UTC")
    assert not [part for part in found["PATH"].split(":") if not part.startswith("/")]
    assert os.getsid(pid) == pid
    assert os.readlink(f"/proc/{pid}/fd/0") == "/dev/null"
    assert not os.readlink(f"/proc/{pid}/cwd").startswith(os.environ["TEST_SRCDIR"])
    (core,) = [line for line in Path(f"/proc/{pid}/limits").read_text().splitlines() if "core file" in line]
    soft, hard = core.split()[4:6]
    assert soft == hard != "0"


def test_the_test(arango):
    assert os.path.exists(os.environ["LOOK_STATUS_FILE"])
    assert os.path.exists(os.environ["LOOK_PREMATURE_FILE"])
    hidden = ["XML_OUTPUT_FILE", "TEST_PREMATURE_EXIT_FILE", "TEST_SHARD_STATUS_FILE", "TEST_TOTAL_SHARDS"]
    hidden += ["GTEST_TOTAL_SHARDS", "GTEST_SHARD_INDEX", "GTEST_SHARD_STATUS_FILE", "TESTBRIDGE_TEST_ONLY"]
    assert [name for name in hidden if name in os.environ] == []
    assert os.environ["HOME"]
    assert os.environ["LC_ALL"] == "C.UTF-8"
    data = Path(os.environ["TEST_SRCDIR"], os.environ["TEST_WORKSPACE"], "suite", "data.txt")
    assert data.read_text() == Path("suite/data.txt").read_text() == "data\\n"
    assert os.path.samefile(os.environ["RUNFILES_DIR"], os.environ["TEST_SRCDIR"])
    assert len(TEMPORARY) > 50
    assert len(os.environ["ARMADILLO_CONTROL_SOCKET"]) < 108
    assert os.readlink("/proc/self/fd/0") == "/dev/null"
    output = [os.readlink(f"/proc/{os.getppid()}/fd/{number}") for number in (1, 2)]
    assert output[0] == output[1]
    assert output[0].startswith(("/", "pipe:"))
'''

IMPORT_ERROR = '''\
"""A scenario: whatever goes wrong while it is imported, Bazel has been told of the shard before."""

import os

seen = [os.path.exists(os.environ[name]) for name in ("LOOK_STATUS_FILE", "LOOK_PREMATURE_FILE")]
raise RuntimeError(f"the files were there: {seen}")
'''

OUTCOMES = '''\
"""A scenario: every outcome, and texts that are hard to carry."""

import pytest


@pytest.fixture
def broken(arango):
    raise OSError("the fixture breaks")


class TestGroup:
    def test_passes(self, arango):
        print("bell \\a, escape \\x1b[31m, null \\0, end ]]> and <tag> & more")

    @pytest.mark.parametrize("word", ["a.b::c", "d/e"])
    def test_words(self, arango, word):
        assert word


def test_fails(arango):
    print("x" * 1_000_000)
    assert {"a": 1} == {"a": 2}


def test_errs(broken):
    pass


def test_skips(arango):
    pytest.skip("not now")


@pytest.mark.parametrize("number", range(60))
def test_many(arango, number):
    print(f"{number} says " + "y" * 80_000)
    assert number < 0
'''

LEFTOVER = '''\
"""A scenario: a process that holds test.log open, in a session of its own and without the run's mark."""

import os
import subprocess


def test_a(arango):
    kept = {name: os.environ[name] for name in ("MARK", "PATH")}
    subprocess.Popen(["sleep", "1000"], env=kept, start_new_session=True)
'''

PORT = '''\
"""A scenario: one of two targets that use the same port at the same time."""

import os
import socket
import time
from pathlib import Path


def test_a(arango):
    meeting = Path(os.environ["MEETING"])
    with socket.create_server(("127.0.0.1", 28529)):
        (meeting / os.environ["TEST_TARGET"].rpartition(":")[2]).touch()
        end_s = time.monotonic() + 60
        while len(list(meeting.glob("port_*"))) < 2:
            assert time.monotonic() < end_s, "the other target did not come"
            time.sleep(0.02)
'''

KILLED = '''\
"""A scenario: the runner cannot say goodbye."""

import os
import signal
import time


def test_a(arango):
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(60)
'''

WAITS = '''\
"""A scenario: large outputs, and no end."""

import os
import time
from pathlib import Path


def test_a(arango):
    if "UP_FILE" in os.environ:
        Path(os.environ["UP_FILE"]).touch()
        time.sleep(3600)
    with open(os.path.join(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"], "large.bin"), "wb") as file:
        for _ in range(200):
            file.write(os.urandom(1 << 20))
    time.sleep(3600)
'''

PASSES = '"""A scenario."""\n\n\ndef test_a(arango):\n    assert arango.facts.version\n'

TARGETS = {
    "environment": (ENVIRONMENT, 'shard_count = 2, data = ["data.txt"], allowed_log_lines = {"never seen": "none"}'),
    "import_error": (IMPORT_ERROR, "shard_count = 2"),
    "outcomes": (OUTCOMES, ""),
    "leftover": (LEFTOVER, ""),
    "leftover_local": (LEFTOVER, 'tags = ["local"], network = "host"'),
    "exclusive": (PASSES, 'tags = ["exclusive"]'),
    "port_a": (PORT, ""),
    "port_b": (PORT, ""),
    "killed": (KILLED, ""),
    "usage": (PASSES, 'args = ["--serve"]'),
    "without_lab": (PASSES, 'tags = ["local"], network = "lab"'),
    "waits": (WAITS, ""),
}
"""Test file and more attributes by name."""

WAITS_TARGET = "//suite:waits_test"


def write_suite(workspace: ScratchWorkspace) -> Path:
    """Writes package `suite` with one target for each file; answers the script for `--run_under`."""
    lines = ['load("//rules:defs.bzl", "arangodb_test")\n']
    for name, (text, attributes) in TARGETS.items():
        workspace.write(f"suite/{name}_test.py", text)
        lines.append(f'arangodb_test(name = "{name}_test", srcs = ["{name}_test.py"], {attributes})\n')
    workspace.write("suite/data.txt", "data\n")
    workspace.write("suite/BUILD.bazel", "".join(lines))
    return workspace.write("look.sh", LOOK, executable=True)
