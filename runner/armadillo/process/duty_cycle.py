"""A helper process that lets another run for a share of the time only: SIGSTOP and SIGCONT in turn.

Called with the pid, the share in percent and the length of a turn in milliseconds. It ends, with the process running,
when its standard input is closed: so also when the runner is killed. On SIGKILL of the helper itself the runner
continues the process.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time


def main() -> None:
    """Ends with the process that it holds back, or at the end of its standard input."""
    pid, share, turn_s = int(sys.argv[1]), float(sys.argv[2]) / 100, float(sys.argv[3]) / 1000
    pidfd = os.pidfd_open(pid)
    running_s, stopped_s = turn_s * share, turn_s * (1 - share)
    poll = select.poll()
    poll.register(0, select.POLLIN | select.POLLHUP)
    poll.register(pidfd, select.POLLIN)
    try:
        while True:
            for number, lasts_s in ((signal.SIGSTOP, stopped_s), (signal.SIGCONT, running_s)):
                signal.pidfd_send_signal(pidfd, number)
                end_s = time.monotonic() + lasts_s
                while (left_s := end_s - time.monotonic()) > 0:
                    if poll.poll(max(left_s * 1000, 1)):
                        return
    except ProcessLookupError:
        return
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGCONT)
