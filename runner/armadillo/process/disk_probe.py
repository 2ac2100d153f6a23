"""A process that tries what can be done in a directory, step by step, and prints what became of each.

Called with the path of a file and steps as JSON: ["open", 0], ["write", bytes], ["fsync", 0], ["die", 0]. A step that
fails ends none but those that need what it lacks.
"""

from __future__ import annotations

import json
import mmap
import os
import signal
import sys
import time


def main() -> None:
    """Does the steps; each prints [action, errno, seconds] as soon as it is over."""
    path, steps = sys.argv[1], json.loads(sys.argv[2])
    descriptor = -1
    for number, (action, value) in enumerate(steps):
        error_number = 0
        data = mmap.mmap(-1, max(value, 1)) if action == "write" and value > mmap.PAGESIZE else b""
        data = data or bytes([ord("0") + number]) * value
        began_s = time.monotonic()
        try:
            if action == "open":
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            elif action == "write":
                os.write(descriptor, data)
            elif action == "fsync":
                os.fsync(descriptor)
            elif action == "die":
                os.kill(os.getpid(), signal.SIGKILL)
        except OSError as error:
            error_number = error.errno or 0
        print(json.dumps([action, error_number, time.monotonic() - began_s]), flush=True)
