"""The system calls that Python 3.11 does not offer: namespaces, mounts, and what becomes of an orphan.

Python 3.12 has `os.unshare` and `os.setns`; 3.11, the oldest that is supported, has neither. Numbers from the
kernel's headers (linux/sched.h, linux/mount.h, linux/prctl.h), the same on all architectures.
"""

from __future__ import annotations

import ctypes
import os

NEW_MOUNTS = 0x00020000
NEW_USER = 0x10000000
NEW_PIDS = 0x20000000
NEW_NETWORK = 0x40000000

READ_ONLY = 1
NO_SUID = 2
NO_DEVICES = 4
NO_PROGRAMS = 8
BIND = 4096
RECURSIVE = 16384
PRIVATE = 1 << 18

_SET_PARENT_DEATH_SIGNAL = 1
_SET_NAME = 15
LONGEST_NAME_BYTES = 15
"""What the kernel keeps of a process's name."""

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(namespaces: int) -> None:
    """Moves this thread (for `NEW_USER`: this process, which must have one thread) into new namespaces.

    With `NEW_PIDS` it is the next child that is the first process there. Raises OSError.
    """
    _check(_libc.unshare(ctypes.c_int(namespaces)), "unshare")


def enter(namespace_fd: int, kind: int = NEW_NETWORK) -> None:
    """Moves this thread into the namespace that the file stands for (setns(2)); raises OSError."""
    _check(_libc.setns(ctypes.c_int(namespace_fd), ctypes.c_int(kind)), "setns")


def mount(source: str, target: str, kind: str, flags: int) -> None:
    """mount(2) without data; raises OSError."""
    words = (os.fsencode(source), os.fsencode(target), os.fsencode(kind))
    _check(_libc.mount(*words, ctypes.c_ulong(flags), None), f"mount {target}")


def die_with_parent(signal_number: int) -> None:
    """Has the kernel send this process a signal when the thread that forked it ends; raises OSError.

    The caller has to look afterwards whether that has happened already.
    """
    _check(_libc.prctl(_SET_PARENT_DEATH_SIGNAL, ctypes.c_ulong(signal_number), 0, 0, 0), "prctl")


def name_process(name: str) -> None:
    """Sets the name that `ps` and `pgrep -x` show for this process; what is too long is cut off."""
    word = ctypes.create_string_buffer(os.fsencode(name)[:LONGEST_NAME_BYTES])
    _check(_libc.prctl(_SET_NAME, word, 0, 0, 0), "prctl")


def _check(result: int, call: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")
