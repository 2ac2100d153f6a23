"""What ends the servers when the runner itself is killed with -9.

Bazel's linux-sandbox kills all that is left in its pid namespace; elsewhere (`--spawn_strategy=local`, `bazel run`, an
IDE) nobody would. So the runner forks a guardian first thing: a process in a session of its own that holds the reading
end of a pipe. The pipe closes when the runner ends, however it ends; then the guardian kills every process that
carries the run's mark in its environment. That finds daemonized grandchildren too.
Shared memory that carries the run's id is taken away as well.
"""

from __future__ import annotations

import os
import signal
import time

from .faketime import remove_shared

RUN_ID_VARIABLE = "ARMADILLO_RUN_ID"
"""Every process of a run has this variable; its value is the run's id."""

_SWEEP_LIMIT = 100
_SWEEP_PAUSE_S = 0.02
_LOOKS_IN_VAIN = 3


def start_guardian(run_id: str) -> int:
    """Forks the guardian and answers its pid; call it before there are threads or heavy imports.

    The writing end of the pipe stays open in the runner until it ends; children do not inherit it.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(reading)
        os.set_inheritable(writing, False)
        return pid
    status = 1
    try:
        os.close(writing)
        os.setsid()
        _let_go_of_output(reading)
        os.read(reading, 1)  # returns at end of file: nobody ever writes
        kill_marked(run_id)
        remove_shared(run_id)
        status = 0
    finally:
        os._exit(status)


def _let_go_of_output(keep: int) -> None:
    """Closes all inherited files: a held test.log would make Bazel or a shell pipe wait for us."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, keep)
    os.closerange(keep + 1, 256)


def kill_marked(run_id: str) -> None:
    """Kills every process with the run's mark, again until none is left (one may fork meanwhile).

    Several looks in a row must find none: while a process is in execve(2), its environment reads as empty.
    """
    looks_in_vain = 0
    for _ in range(_SWEEP_LIMIT):
        marked = marked_pids(run_id)
        looks_in_vain = 0 if marked else looks_in_vain + 1
        if looks_in_vain == _LOOKS_IN_VAIN:
            return
        for pid in marked:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(_SWEEP_PAUSE_S)  # no event says "all are gone": they are not our children


def marked_pids(run_id: str) -> list[int]:
    """Pids of all living processes that have the run's mark in their environment, except this one."""
    wanted = f"{RUN_ID_VARIABLE}={run_id}".encode()
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as environ:
                if wanted in environ.read().split(b"\0"):
                    found.append(int(entry))
        except OSError:
            continue  # ended meanwhile, or somebody else's
    return found
