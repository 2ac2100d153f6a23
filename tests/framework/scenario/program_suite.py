"""Test programs that are no pytest, and the BUILD file that makes targets of them."""

from __future__ import annotations

from tests.framework.scenario.scratch_workspace import ScratchWorkspace

HEAD = "#!/bin/bash\nset -eu\n"

CASES_WITH_A_FAILURE = """\
cat >"$XML_OUTPUT_FILE" <<EOF
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="AllTests">
  <testsuite name="Geo" tests="3">
    <testcase name="finds" classname="Geo" time="0.25" file="suite/geo.cc" line="7"/>
    <testcase name="sorts" classname="Geo" time="0.5">
      <failure message="expected 3&#xA;found 4" type="">geo.cc:12: expected 3, found 4</failure>
    </testcase>
    <testcase name="later" classname="Geo" status="notrun" result="suppressed" time="0"/>
  </testsuite>
</testsuites>
EOF
exit 1
"""

PROGRAMS = {
    "passes": """\
test "$ARANGO_ENDPOINTS" = "$ARANGO_ENDPOINT"
test "$ARANGO_USERNAME:$ARANGO_PASSWORD" = root:
test -z "${PYTHONPATH:-}"
test "$1" = --greeting && test "$GREETING" = suite/greeting.txt && test -e "$GREETING"
grep -q '"name": "single-1"' "$ARMADILLO_DEPLOYMENT"
grep -q "\\"endpoint\\": \\"$ARANGO_ENDPOINT\\"" "$ARMADILLO_DEPLOYMENT"
echo "the program's own words"
""",
    "uses_armadilloctl": """\
same() { test "$1" = "$2" || { echo "expected $2, found $1"; exit 9; }; }
state() { armadilloctl list | tr -s ' ' | cut -d' ' -f3; }
same "$(armadilloctl list | tr -s ' ' | cut -d' ' -f1-4)" "single-1 single ready $ARANGO_ENDPOINT"
armadilloctl note a word from the shell
armadilloctl kill single-1 && same "$(state)" exited
armadilloctl wait --exited single-1
armadilloctl start single-1 && armadilloctl wait && same "$(state)" ready
armadilloctl restart single-1
id=$(armadilloctl inject process.suspend single-1)
same "$(armadilloctl faults | tr -s ' ' | cut -d' ' -f1-3)" "$id process.suspend single-1"
armadilloctl heal "$id" && same "$(armadilloctl faults)" ""
refused() { wanted=$1; shift; set +e; armadilloctl "$@" 2>words; code=$?; set -e; same "$code" "$wanted"; }
cd "$TEST_TMPDIR"
refused 2 stop dbserver-7 && grep -q "there is no server 'dbserver-7'.*there are: single-1" words
refused 2 inject process.tickle single-1 && grep -q "process.suspend" words
refused 2 tickle && grep -q "invalid choice" words
refused 1 start single-1 && grep -q single-1 words
""",
    "fails_a_case": CASES_WITH_A_FAILURE,
    "tells_no_failure": CASES_WITH_A_FAILURE.replace("<failure", "<properties").replace("</failure", "</properties"),
    "exits": 'echo "the last words"\nexit 3\n',
    "dies": 'echo "before it died"\nkill -SEGV $$\n',
    "loses_its_server": """\
kill -9 "$(armadilloctl list | tr -s ' ' | cut -d' ' -f5)"
armadilloctl wait --exited
""",
    "writes_broken_xml": 'echo "<testsuites><testcase name=" >"$XML_OUTPUT_FILE"\n',
    "hangs": 'echo "it waits now"\nsleep 1000\n',
    "knows_shards": """\
touch "$TEST_SHARD_STATUS_FILE"
echo "<testsuite name='s'><testcase name='of_shard_$TEST_SHARD_INDEX'/></testsuite>" >"$XML_OUTPUT_FILE"
""",
    "ignores_shards": "exit 0\n",
    "requires_more": "exit 1\n",
}

ATTRIBUTES = {
    "passes": 'args = ["--greeting"], data = ["greeting.txt"], env = {"GREETING": "$(rootpath greeting.txt)"}',
    "knows_shards": "shard_count = 2",
    "ignores_shards": "shard_count = 2",
    "requires_more": 'requires = ["real_arangodb"]',
}
"""More than the defaults."""

FROM_PYTEST = '''\
"""A scenario."""

import subprocess


def test_a_tool(arango):
    listed = subprocess.run(["armadilloctl", "list"], check=True, capture_output=True, text=True).stdout
    assert listed.split()[:3] == ["single-1", "single", "ready"]
'''


def write_suite(workspace: ScratchWorkspace) -> None:
    """Writes package `suite` with one target for each program, named after it, and one for pytest."""
    lines = ['load("//rules:defs.bzl", "arangodb_binary_test", "arangodb_test")\n']
    for name, text in PROGRAMS.items():
        workspace.write(f"suite/{name}.sh", HEAD + text, executable=True)
        attributes = ATTRIBUTES.get(name, "")
        lines.append(f'arangodb_binary_test(name = "{name}_test", test = "{name}.sh", {attributes})\n')
    workspace.write("suite/greeting.txt", "hello\n")
    workspace.write("suite/pytest_test.py", FROM_PYTEST)
    lines.append('arangodb_test(name = "pytest_test", srcs = ["pytest_test.py"])\n')
    workspace.write("suite/BUILD.bazel", "".join(lines))
