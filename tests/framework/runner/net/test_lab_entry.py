"""Entering the lab: one run, four processes, one status; and what happens when it is refused or killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.framework.runner.support.lab_run import LabRun, may_have_a_lab, unprivileged
from tests.framework.runner.support.waiting import until

pytestmark = pytest.mark.skipif(not may_have_a_lab(), reason="this machine allows no namespaces")

WAITS = """
daemon = subprocess.Popen(["setsid", "sleep", "3600"])
print("up", os.getpid(), os.getpgrp(), flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize("status", [0, 3, 255])
def test_the_exit_code_is_the_runners(status: int) -> None:
    """Who waits for the outer process learns how the runner ended."""
    with LabRun(f"print(entry.is_inside); sys.exit({status})", network=False) as run:
        assert run.finish() == (status, "True\n", "")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGUSR1])
def test_the_signal_is_the_runners(number: int) -> None:
    """A runner that dies by a signal makes the outer process die by the same one."""
    with LabRun(f"os.kill(os.getpid(), {int(number)})", network=False) as run:
        assert run.finish()[0] == -number


@pytest.mark.parametrize("to_group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_reaches_the_runner_once(number: int, to_group: bool) -> None:
    """Bazel signals the whole process group, a shell only one process: the runner hears it exactly once."""
    code = (
        f"heard = []\nsignal.signal({int(number)}, lambda *_: heard.append(1))\n"
        "print('up', flush=True)\n"
        "end = time.monotonic() + 60\n"
        "while not heard and time.monotonic() < end: time.sleep(0.01)\n"
        "time.sleep(0.2)\n"
        "print(len(heard))"
    )
    with LabRun(code, network=False) as run:
        assert run.line() == "up"
        if to_group:
            os.killpg(run.popen.pid, number)
        else:
            run.popen.send_signal(number)
        assert run.finish() == (0, "1\n", "")


def test_the_runner_is_alone_with_what_it_starts() -> None:
    """Process ids are the lab's own, and /proc shows nothing of the machine."""
    with LabRun("print(os.getpid(), sorted(int(n) for n in os.listdir('/proc') if n.isdigit()))", network=False) as run:
        assert run.finish()[1] == "2 [1, 2]\n"


def test_orphans_are_buried() -> None:
    """Init reaps what others left: no zombie stays."""
    code = (
        "subprocess.run(['sh', '-c', 'sh -c \"exit 0\" & sh -c \"exit 0\" & exit 0'])\n"
        "end = time.monotonic() + 20\n"
        "def others(): return [n for n in os.listdir('/proc') if n.isdigit() and int(n) > 2]\n"
        "while others() and time.monotonic() < end: time.sleep(0.01)\n"
        "print(others())"
    )
    with LabRun(code, network=False) as run:
        assert run.finish()[1] == "[]\n"


def test_nothing_outlives_a_runner_that_ends() -> None:
    """A daemon in a session of its own is gone when the outer process has ended."""
    with LabRun("subprocess.Popen(['setsid', 'sleep', '3600']); print('up', flush=True)", network=False) as run:
        run.finish()
        assert run.pids() == []


@pytest.mark.parametrize("victim", ["outer", "maker", "init", "runner"])
def test_killing_any_of_the_four_leaves_nothing(victim: str) -> None:
    """SIGKILL of one of them ends the whole run, daemons too; the machine's network and mounts are as before."""
    before = machine()
    with LabRun(WAITS) as run:
        assert run.line().startswith("up 2 2")
        chain = chain_of(run)
        os.kill(chain[victim], signal.SIGKILL)
        status = run.popen.wait(30)
        assert status == -signal.SIGKILL or (status == 1 and victim in ("maker", "init"))
        until("no process of the run is left", lambda: run.pids() == [])
    assert machine() == before


def chain_of(run: LabRun) -> dict[str, int]:
    """The four processes by their names, found by who is whose parent."""
    parents = {
        pid: int(Path("/proc", str(pid), "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[1])
        for pid in run.pids()
    }
    outer = run.popen.pid
    maker = next(pid for pid, parent in parents.items() if parent == outer)
    init = next(pid for pid, parent in parents.items() if parent == maker)
    runner = next(pid for pid, parent in parents.items() if parent == init)
    return {"outer": outer, "maker": maker, "init": init, "runner": runner}


def machine() -> dict[str, str]:
    """What a run must leave alone: interfaces, routes, neighbours, mounts, and names of hosts."""
    names = ("net/dev", "net/route", "mountinfo")
    text = {name: Path("/proc/self", name).read_text(encoding="ascii") for name in names}
    text["net/dev"] = " ".join(line.split(":")[0] for line in text["net/dev"].splitlines()[2:])
    text["hosts"] = Path("/etc/hosts").read_text(encoding="utf-8") if os.path.exists("/etc/hosts") else ""
    return text


def test_a_user_without_any_privilege_has_a_lab_as_well() -> None:
    """No capability, none to be had, no-new-privs: namespaces, servers' networks and names work."""
    code = (
        "print(network.add_node('dbserver-1').listening, os.getuid())\n"
        "with network.inside('dbserver-1'): print(sorted(os.listdir('/proc/self/net'))[0] != '')\n"
        "print(open('/etc/hosts').read().splitlines()[-1].split())"
    )
    with LabRun(code, before=unprivileged()) as run:
        status, out, err = run.finish()
    assert (status, err) == (0, "")
    assert out.splitlines() == [f"10.99.0.1 {os.geteuid() or 65534}", "True", "['10.99.0.1', 'dbserver-1']"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_can_still_become_another_user() -> None:
    """All users that are there outside are there inside, so files of others keep their owners."""
    extents = Path("/proc/self/uid_map").read_text(encoding="ascii").split()
    if int(extents[2]) < 65535:
        pytest.skip("the sandbox around this test has one user only")
    with LabRun("os.setgid(65534); os.setuid(65534); print(os.getuid(), os.getgid())", network=False) as run:
        assert run.finish()[:2] == (0, "65534 65534\n")


REFUSALS = {
    "user.max_user_namespaces is 0": "echo 0 > /proc/sys/user/max_user_namespaces",
    "mount /proc: Operation not permitted": "mount -t tmpfs none /proc/tty",
    "unshare: No space left on device": "echo 0 > /proc/sys/user/max_net_namespaces",
}
"""What stands in the reason, and the shell's words that make a namespace in which it is so."""


def refusing(words: str) -> tuple[str, ...]:
    """Words before a command that make it run where the lab is refused."""
    return ("unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c",
            f'{words} && exec "$0" "$@"')  # fmt: skip


@pytest.mark.parametrize("reason", REFUSALS)
def test_a_refusal_is_told_and_the_process_goes_on(reason: str) -> None:
    """The process that asked goes on as itself, knows which call was refused, and has no child left."""
    code = (
        "print(entry.is_inside, entry.mark == '', entry.reason)\n"
        "try: os.waitpid(-1, os.WNOHANG)\nexcept ChildProcessError: print('no child')\n"
        "print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)"
    )
    with LabRun(code, network=False, before=refusing(REFUSALS[reason])) as run:
        status, out, err = run.finish()
    assert (status, err) == (0, "")
    first, *rest = out.splitlines()
    assert first.startswith("False True ")
    assert reason in first
    assert rest == ["no child", "True"]


def test_a_process_in_a_chroot_is_refused_and_goes_on(tmp_path: Path) -> None:
    """The kernel makes no user namespace in a chroot: EPERM, and leases instead."""
    if os.geteuid() != 0:
        pytest.skip("only root may chroot")
    words = f'mkdir -p {tmp_path}/root && mount --rbind / {tmp_path}/root && exec chroot {tmp_path}/root "$0" "$@"'
    before = ("unshare", "--mount", "sh", "-c", words)
    if subprocess.run([*before, sys.executable, "-c", ""], check=False, capture_output=True).returncode != 0:
        pytest.skip("the sandbox around this test allows no mounts")
    with LabRun("print(entry.is_inside, entry.reason)", network=False, before=before) as run:
        assert run.finish()[1].startswith("False unshare: Operation not permitted")
