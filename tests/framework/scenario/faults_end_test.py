"""A run that is ended in the middle of faults: the host is as before, in every tier and however it was ended."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from armadillo.results.event_log import read_events
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.strict_xml import problems_of
from tests.framework.runner.support.waiting import until
from tests.framework.scenario.marked import marked
from tests.framework.scenario.scratch_workspace import ScratchWorkspace, scratch_workspace

TEST = '''"""A scenario."""

import asyncio
import os


async def test_a(arango, faults):
    await faults.suspend("dbserver-1").start()
    await faults.kill("dbserver-2").start()
    await faults.partition("coordinator-1", "agent-1").start()
    await faults.delay("agent-2", "agent-3", delay_ms=20).start()
    open(os.environ["UP_FILE"], "w").close()
    await asyncio.sleep(3600)
'''
TIERS = {"lab": "", "leases": ', network = "leases"'}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScratchWorkspace]:
    """A workspace with the same test in both tiers, built."""
    with scratch_workspace(tmp_path_factory.mktemp("faults")) as made:
        rules = [
            f'arangodb_test(name = "{tier}_test", srcs = ["{tier}_test.py"], mode = "cluster", dbservers = 2, '
            f'faults = ["network"]{attribute})\n'
            for tier, attribute in TIERS.items()
        ]
        for tier in TIERS:
            made.write(f"suite/{tier}_test.py", TEST)
        made.write("suite/BUILD.bazel", 'load("//rules:defs.bzl", "arangodb_test")\n' + "".join(rules))
        built = made.bazel("build", "//suite:all")
        assert built.exit_code == 0, built.output
        yield made


def host() -> dict[str, str]:
    """What faults might leave on a machine: interfaces, addresses, routes, rules, mounts."""
    found = {
        "interfaces": "\n".join(sorted(os.listdir("/sys/class/net"))),
        "routes": Path("/proc/net/route").read_text(encoding="ascii"),
        "addresses": Path("/proc/net/fib_trie").read_text(encoding="ascii"),
        "mounts": Path("/proc/self/mountinfo").read_text(encoding="utf-8"),
        "core pattern": Path("/proc/sys/kernel/core_pattern").read_text(encoding="utf-8"),
    }
    if shutil.which("nft"):
        listed = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=False, timeout=60)
        found["rules"] = listed.stdout + listed.stderr
    return found


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("tier", TIERS)
def test_the_host_is_as_before(workspace: ScratchWorkspace, tmp_path: Path, tier: str, number: int) -> None:
    """A frozen server, a dead one, a cut and a slow link: nothing of it is left, and the log tells of all four."""
    before = host()
    (tmp_path / "outputs").mkdir()
    environ = {
        "PATH": os.environ["PATH"],
        "TEST_TMPDIR": str(tmp_path),
        "TEST_UNDECLARED_OUTPUTS_DIR": str(tmp_path / "outputs"),
        "XML_OUTPUT_FILE": str(tmp_path / "test.xml"),
        "UP_FILE": str(tmp_path / "up"),
    }
    launcher = str(workspace.file_of("bazel-bin", f"suite/{tier}_test"))
    runner = subprocess.Popen([launcher], env=environ, start_new_session=True)
    until("the faults are in force", lambda: (tmp_path / "up").exists() or runner.poll() is not None, timeout_s=120)
    assert runner.poll() is None, "the run ended before its faults were in force"
    runner.send_signal(number)
    runner.wait(120)
    until("no process of the run is left", lambda: not marked(str(tmp_path)))
    assert host() == before
    assert problems_of((tmp_path / "test.xml").read_bytes()) == []
    steps = [
        event.fault for event in read_events(str(tmp_path / "outputs" / "events.binpb")) if event.HasField("fault")
    ]
    proved = [step.kind for step in steps if step.phase == result_pb2.FaultEvent.PROVED]
    assert proved == ["process.suspend", "process.kill", "network.partition", "network.delay"]
    if number == signal.SIGTERM:
        over = [step.fault_id for step in steps if step.phase == result_pb2.FaultEvent.CLEANED_UP]
        assert over == ["fault-4", "fault-3", "fault-2", "fault-1"]
