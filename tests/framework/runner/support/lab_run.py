"""Programs that enter the lab: in processes of their own, because entering replaces the process that asks."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

_HEAD = """
import os, signal, subprocess, sys, tempfile, time
from armadillo.net.lab_entry import enter_lab
from armadillo.net.lab_network import LabNetwork
entry = enter_lab({mark!r})
"""
_NETWORK = """
assert entry.is_inside, entry.reason
directory = tempfile.mkdtemp(dir="/tmp")
network = LabNetwork(directory, entry.mark)
"""

_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--bounding-set=-all")


def unprivileged() -> tuple[str, ...]:
    """Words before a command that make it an ordinary user's, who can never get a privilege; () when we are one.

    Skips the test in a sandbox that has no user but root.
    """
    if os.geteuid() != 0:
        return ()
    if subprocess.run([*_NOBODY, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("the sandbox around this test has no user but root")
    # An interpreter in root's home: what it starts itself is then out of an ordinary user's reach.
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
    if subprocess.run([*_NOBODY, sys.executable, "-c", code], capture_output=True, check=False).returncode != 0:
        pytest.skip(f"an ordinary user may not run {sys.executable}")
    return _NOBODY


def may_have_a_lab() -> bool:
    """Whether this machine allows user, network and pid namespaces, and a fresh /proc in them."""
    words = ["unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", "true"]
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


class LabRun:
    """A program that has entered the lab, or has tried to; `with` ends it."""

    def __init__(self, code: str, *, network: bool = True, before: tuple[str, ...] = (), new_session: bool = True):
        """Starts `code` behind the entry, with `entry` and, unless told otherwise, `network` at hand."""
        self.mark = f"lab-{secrets.token_hex(4)}"
        text = _HEAD.format(mark=self.mark) + (_NETWORK if network else "") + code
        self.popen = subprocess.Popen(
            [*before, sys.executable, "-s", "-P", "-c", text],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LAB_TEST_MARK": self.mark},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=new_session,
        )

    def __enter__(self) -> LabRun:
        return self

    def __exit__(self, *exception: object) -> None:
        self.popen.kill()
        self.popen.communicate()

    def line(self) -> str:
        """The next line that the program prints; "" when it has ended."""
        assert self.popen.stdout is not None
        return self.popen.stdout.readline().rstrip("\n")

    def finish(self) -> tuple[int, str, str]:
        """Waits for the end: exit status as subprocess tells it, and what is left of stdout and stderr."""
        out, err = self.popen.communicate(timeout=60)
        return self.popen.returncode, out, err

    def pids(self) -> list[int]:
        """All living processes of this run as this test sees them, the outer one first, the runner last."""
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid():
                try:
                    marked = f"LAB_TEST_MARK={self.mark}".encode() in Path("/proc", entry, "environ").read_bytes()
                    state = Path("/proc", entry, "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
                except OSError:
                    continue
                if marked and state not in "ZX":
                    found.append(int(entry))
        return sorted(found)
