"""A signal that comes before the event loop: the process stops, wherever in its start it was heard."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# The signal comes in the callback of a weak reference, which Python runs in the middle of an import, too: what is
# raised there is printed and forgotten.
SIGNALLED_IN_A_CALLBACK = """
import os, signal, sys, weakref

class Thing:
    pass

def signal_in_a_callback(event, arguments):
    global watched
    if event == "import" and arguments[0] == "asyncio" and watched is None:
        thing = Thing()
        watched = weakref.ref(thing, lambda reference: os.kill(os.getpid(), signal.SIGTERM))
        del thing

watched = None
sys.path[:0] = sys.argv[1].split(os.pathsep)
from arangod_standin.process import main
sys.addaudithook(signal_in_a_callback)
sys.exit(main(sys.argv[2:]))
"""
PATIENCE_S = 60


def test_a_signal_that_nobody_could_raise_stops_the_process(tmp_path: Path) -> None:
    """A coordinator without agents would wait for them for ever: it stops with 0, because it was asked to."""
    words = ["--server.endpoint=tcp://127.0.0.1:0", f"--database.directory={tmp_path}/data", "--log.file=-"]
    words += ["--cluster.my-role=COORDINATOR", "--cluster.my-address=tcp://127.0.0.1:1"]
    words += ["--cluster.agency-endpoint=tcp://127.0.0.1:1"]
    done = subprocess.run(
        [sys.executable, "-S", "-c", SIGNALLED_IN_A_CALLBACK, ":".join(sys.path), *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert "Exception ignored" in done.stderr
    assert "SIGTERM received, beginning shut down sequence" in done.stdout
    assert done.returncode == 0
