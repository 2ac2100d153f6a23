"""Entering the lab: namespaces of the run's own, in which the runner goes on as if nothing had happened.

Four processes, one below the other:

- the *outer* process, which Bazel or a shell started: hands signals on, ends as the runner ends;
- the *maker*, which has made the namespaces and waits: who makes a pid namespace is not in it;
- *init*, the first process of the pid namespace: reaps what is left to it, and all that is inside dies with it;
- the *runner*, which goes on with what the outer process was about to do.

Each dies with the one above it (PR_SET_PDEATHSIG), so a SIGKILL of any of them leaves nothing. There is no execve(2)
behind the making of the namespaces: the runner keeps its capabilities in them, as an ordinary user, too.

Everything that can be refused is refused before the runner exists; then the outer process is told why, and goes on
itself, without a lab (docs/decisions/0012-lab.md).
"""

from __future__ import annotations

import os
import select
import signal
import socket
from contextlib import suppress
from types import FrameType
from typing import NamedTuple, NoReturn

from . import kernel_calls

_NAMESPACES = kernel_calls.NEW_USER | kernel_calls.NEW_MOUNTS | kernel_calls.NEW_NETWORK | kernel_calls.NEW_PIDS
_FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_RUNNING = b"running"
_REFUSED = b"refused "
_ENDED = b"ended "
_UNSHARED = b"unshared"
_LONGEST_MESSAGE = 4096
_REFUSING_SETTINGS = {
    "user/max_user_namespaces": 0,
    "user/max_net_namespaces": 0,
    "kernel/unprivileged_userns_clone": 0,  # Debian's, until 11
    "kernel/apparmor_restrict_unprivileged_userns": 1,  # Ubuntu's, since 23.10
}


class LabEntry(NamedTuple):
    """What came of the attempt to enter the lab."""

    is_inside: bool
    """Whether this process is in namespaces of its own now."""
    reason: str = ""
    """Why not: the call that was refused and by what; "" inside, or when it was not wanted."""
    mark: str = ""
    """Name of this process for `pgrep -x`, by which a shell outside finds the way in; "" outside."""


OUTSIDE = LabEntry(False)
"""The entry of a run that wants no lab."""


def enter_lab(mark: str) -> LabEntry:
    """Makes the namespaces and goes on inside of them, or outside with the reason.

    Call it before there are threads. The process that called does not return from here when the lab was entered: a
    new one does, and this one ends as that one ends. `mark` becomes the new one's name.
    """
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    outer_pid = os.getpid()
    forwarder = _Forwarder()
    maker = os.fork()
    if maker:
        there.close()
        return _outer(here, maker, forwarder)
    forwarder.restore()
    try:
        here.close()
        _make(there, outer_pid)
        runner = os.fork()
    except BaseException as error:
        _refuse(there, error)
    if runner:
        _reap(there, runner)
    there.close()
    os.setsid()
    kernel_calls.name_process(mark)
    return LabEntry(True, "", mark)


class _Forwarder:
    """Hands signals on to the runner; keeps those that come before there is one."""

    def __init__(self) -> None:
        self._runner = -1
        self._waiting: list[int] = []
        # Python runs a handler only between two of its own steps: one that comes right before a wait would be handled
        # behind it. What is written here by the real handler ends the wait.
        self._heard, self._told = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._told, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._handle) for number in _FORWARDED}

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._runner < 0:
            self._waiting.append(number)
        else:
            _send_signal(self._runner, number)

    def wait_for(self, channel: socket.socket) -> None:
        """Returns when there is a message; signals that come meanwhile are handled at once."""
        while True:
            ready, _, _ = select.select([channel.fileno(), self._heard], [], [])
            if self._heard in ready:
                os.read(self._heard, _LONGEST_MESSAGE)
            if channel.fileno() in ready:
                return

    def start(self, runner_pidfd: int) -> None:
        """From now on signals reach the runner; also those that have come already."""
        self._runner = runner_pidfd
        for number in self._waiting:
            _send_signal(runner_pidfd, number)

    def restore(self) -> None:
        """Signals act on this process again."""
        for number, before in self._before.items():
            signal.signal(number, signal.SIG_DFL if before is None else before)
        signal.set_wakeup_fd(-1)
        os.close(self._heard)
        os.close(self._told)

    def repeat(self) -> None:
        """Sends this process what came while nobody was there to get it."""
        for number in self._waiting:
            os.kill(os.getpid(), number)


def _send_signal(pidfd: int, number: int) -> None:
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, number)


def _outer(channel: socket.socket, maker: int, forwarder: _Forwarder) -> LabEntry:
    """Waits for what becomes of the maker; returns only when there is no lab."""
    reason = ""
    while True:
        forwarder.wait_for(channel)
        message, descriptors, _, _ = socket.recv_fds(channel, _LONGEST_MESSAGE, 1)
        if message == _UNSHARED:
            channel.send(b"mapped" if _map_all_ids(maker) else b"map yourself")
        elif message.startswith(_REFUSED):
            reason = message.removeprefix(_REFUSED).decode()
        elif message == _RUNNING:
            forwarder.start(descriptors[0])
        elif message.startswith(_ENDED):
            os.waitpid(maker, 0)  # it ends when the last process in there is gone
            _end_like(int(message.removeprefix(_ENDED)))
        elif not message:
            break
    _, status = os.waitpid(maker, 0)
    channel.close()
    if forwarder._runner >= 0:
        os.write(2, b"armadillo: the first process of the run's pid namespace was killed, and all others with it\n")
        os._exit(1)
    forwarder.restore()
    forwarder.repeat()
    return LabEntry(False, _with_hints(reason or f"the process that makes the namespaces died of {_describe(status)}"))


def _map_all_ids(maker: int) -> bool:
    """Maps every user and group of this namespace onto itself; only a privileged process may.

    Then a test that runs as root can still become another user, and files of others keep their owners.
    """
    try:
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/self/{name}", encoding="ascii") as file:
                extents = [line.split() for line in file]
            text = "".join(f"{inside} {inside} {count}\n" for inside, _, count in extents)
            with open(f"/proc/{maker}/{name}", "w", encoding="ascii") as file:
                file.write(text)
    except OSError:
        return False
    return True


def _end_like(status: int) -> NoReturn:
    """Ends this process as another one ended: with its exit code or by its signal."""
    if os.WIFSIGNALED(status):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one core of it is enough
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _with_hints(reason: str) -> str:
    """The refusal, and the settings of this machine that are known to cause such ones."""
    return "; ".join([reason, *refusals()])


def refusals() -> list[str]:
    """What on this machine is known to refuse namespaces to a run, as far as it can be seen."""
    found = []
    for name, refusing in _REFUSING_SETTINGS.items():
        with suppress(OSError, ValueError), open(f"/proc/sys/{name}", encoding="ascii") as file:
            if int(file.read()) == refusing:
                found.append(f"{name.replace('/', '.')} is {refusing}")
    with suppress(OSError), open("/proc/self/status", encoding="ascii", errors="replace") as file:
        if any(line.split() == ["Seccomp:", "2"] for line in file):
            found.append("a seccomp filter is in force, as a container engine's")
    return found


def _describe(status: int) -> str:
    return f"wait status {status}" if not os.WIFSIGNALED(status) else f"signal {os.WTERMSIG(status)}"


def _refuse(channel: socket.socket, error: BaseException) -> NoReturn:
    """Tells the outer process why there will be no lab, and ends this one."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else repr(error)
    with suppress(OSError):
        channel.send(_REFUSED + text.encode()[: _LONGEST_MESSAGE - len(_REFUSED)])
    os._exit(0)


def _make(channel: socket.socket, outer_pid: int) -> None:
    """The maker's part; returns in init only."""
    os.setsid()  # Bazel signals the process group: the runner must hear it once, from the outer process
    kernel_calls.unshare(_NAMESPACES)
    kernel_calls.die_with_parent(signal.SIGKILL)
    if os.getppid() != outer_pid:
        os._exit(0)
    channel.send(_UNSHARED)
    if channel.recv(_LONGEST_MESSAGE) != b"mapped":
        _map_own_ids()
    kernel_calls.mount("none", "/", "none", kernel_calls.RECURSIVE | kernel_calls.PRIVATE)
    maker_lives, held_by_maker = os.pipe()
    init = os.fork()
    if init:
        channel.close()
        for number in _FORWARDED:
            signal.signal(number, signal.SIG_IGN)
        os.waitpid(init, 0)
        os._exit(0)
    os.close(held_by_maker)
    kernel_calls.die_with_parent(signal.SIGKILL)
    if select.select([maker_lives], [], [], 0)[0]:  # its end of the pipe is closed: it died before the line above
        os._exit(0)
    os.close(maker_lives)
    _mount_proc()


def _map_own_ids() -> None:
    """What an unprivileged process may map: itself, under its own numbers."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{os.geteuid()} {os.geteuid()} 1"),
        ("gid_map", f"{os.getegid()} {os.getegid()} 1"),
    ):
        try:
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
        except OSError as error:
            raise OSError(error.errno, f"writing /proc/self/{name}: {error.strerror}") from error


def _mount_proc() -> None:
    """A /proc that shows the new pid namespace; read-only where the one below is."""
    flags = kernel_calls.NO_SUID | kernel_calls.NO_DEVICES | kernel_calls.NO_PROGRAMS
    try:
        kernel_calls.mount("proc", "/proc", "proc", flags)
    except PermissionError:
        kernel_calls.mount("proc", "/proc", "proc", flags | kernel_calls.READ_ONLY)


def _reap(channel: socket.socket, runner: int) -> NoReturn:
    """Init's life: buries every orphan; ends with the runner, and whatever is left in there with it."""
    try:
        for number in _FORWARDED:
            signal.signal(number, signal.SIG_IGN)
        socket.send_fds(channel, [_RUNNING], [os.pidfd_open(runner)])
        while True:
            pid, status = os.wait()
            if pid == runner:
                channel.send(_ENDED + str(status).encode())
                break
    finally:
        os._exit(0)
