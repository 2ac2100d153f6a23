"""Living below Bazel's test-setup.sh when no sandbox is around it: `bazel run`.

The script puts a test into a process group, hands signals on to that group, and kills the group as soon as its own
child has ended. With newer versions of bash that child is a shell, which ends at once by SIGTERM: the runner would be
killed while it stops its servers.
"""

from __future__ import annotations

import os
import signal
import stat
from contextlib import suppress

from ..net.kernel_calls import die_with_parent

_WRAPPER = b"test-setup.sh"
_HANDED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_DIED_OF_SIGNAL = 128


def write_beside_tee() -> None:
    """Takes the script's own stdout and stderr in the place of pipes to `tee`, when those are a terminal or a pipe.

    `tee` is in the process group, too, and ends by the first Ctrl-C: what is said while servers stop would be lost.
    To be called in the script's child.
    """
    wrapper = os.getppid()
    with suppress(OSError):  # another wrapper, or nobody: things stay as they are
        with open(f"/proc/{wrapper}/cmdline", "rb") as file:
            if _WRAPPER not in file.read():
                return
        for number in (1, 2):
            place = f"/proc/{wrapper}/fd/{number}"
            is_ours_piped = stat.S_ISFIFO(os.fstat(number).st_mode)
            # A file would be written at two offsets, the script's and ours.
            if is_ours_piped and not stat.S_ISREG(os.stat(place).st_mode):
                behind = os.open(place, os.O_WRONLY | os.O_NOCTTY)
                os.dup2(behind, number)
                os.close(behind)


def leave_process_group() -> None:
    """Goes on in a new process with a session of its own; this one hands signals on and ends as that one ends.

    When this one is killed, or the script without it, the new one gets SIGTERM. Call it before there are threads.
    """
    die_with_parent(signal.SIGTERM)
    # Taken one by one and by no handler: Python would run one that comes right before a wait behind it.
    awaited = {*_HANDED_ON, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    here = os.getpid()
    runner = os.fork()
    if runner == 0:
        os.setsid()
        die_with_parent(signal.SIGTERM)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if os.getppid() != here:  # it died before the kernel knew that we want to hear of it
            os.kill(os.getpid(), signal.SIGTERM)
        return

    while True:
        number = signal.sigwait(awaited)
        pid, status = os.waitpid(runner, os.WNOHANG)
        if pid:
            break
        if number != signal.SIGCHLD:
            os.kill(runner, number)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else _DIED_OF_SIGNAL - code)
