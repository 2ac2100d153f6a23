"""How long a process has been there."""

from __future__ import annotations

import subprocess
import sys

from armadillo.process.own_start import seconds_since_start

PROGRAM = """
import time
import_began_s = time.monotonic()
from armadillo.process.own_start import seconds_since_start
held_s = 0.0
while held_s < 0.2:
    held_s = time.monotonic() - import_began_s
print(seconds_since_start() >= 0.19, seconds_since_start() < 60)
"""


def test_it_counts_from_the_begin_of_the_process() -> None:
    """What an interpreter needed to come up is in it, and what another process did is not."""
    environ = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], check=True, stdout=subprocess.PIPE, text=True, env=environ)
    assert done.stdout.split() == ["True", "True"]


def test_it_grows() -> None:
    """A later look tells at least as much as an earlier one."""
    first = seconds_since_start()
    assert 0 < first <= seconds_since_start()
