"""seccomp user notification: a filter hands calls of a process to another process, which lets them go or answers them.

Sources: seccomp(2), seccomp_unotify(2). No privilege is needed (PR_SET_NO_NEW_PRIVS), static binaries are caught as
well, and nothing but the calls in the filter gets slower. Needs Linux 5.5 (SECCOMP_USER_NOTIF_FLAG_CONTINUE).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct

from .disk_calls import AUDIT_ARCH, CALLS, IO_URING_SETUP, NUMBERS, SECCOMP_NUMBER, WRITE_MODE_FLAGS, machine

_SET_MODE_FILTER = 1
_NEW_LISTENER = 1 << 3
_WAIT_KILLABLE_RECV = 1 << 5

_RET_ALLOW = 0x7FFF0000
_RET_USER_NOTIF = 0x7FC00000
_RET_ERRNO = 0x00050000

_NR_OFFSET, _ARCH_OFFSET, _ARGS_OFFSET = 0, 4, 16
_X32_BIT = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_PTRACER = 0x59616D61
_PR_SET_PTRACER_ANY = 0xFFFFFFFFFFFFFFFF

_IOCTL_RECV = 0xC0502100
_IOCTL_SEND = 0xC0182101
_IOCTL_SET_FLAGS = 0x40082104
_FD_SYNC_WAKE_UP = 1
_FLAG_CONTINUE = 1

NOTIFICATION = struct.Struct("=QIIiIQ6Q")
"""struct seccomp_notif: id, pid, flags, number, architecture, instruction pointer, six arguments."""

_RESPONSE = struct.Struct("=QqiI")
_EMPTY = bytes(NOTIFICATION.size)


class SeccompError(OSError):
    """This kernel, or a sandbox around us, does not have what is needed; the message names it."""


def write_filter() -> bytes:
    """The BPF program: calls that change files are handed over, io_uring does not exist, all else passes.

    Writes to the descriptors 0 to 2 pass: an error message must get out even when nobody answers. An open(2) for
    reading passes, too. Raises `SeccompError` on an unknown architecture.
    """
    numbers = NUMBERS.get(machine())
    if numbers is None:
        raise SeccompError(errno.ENOSYS, f"system call numbers of {machine()} are not known; x86_64 and aarch64 are")
    code = [(_LOAD, 0, 0, _ARCH_OFFSET), (_EQUAL, 1, 0, AUDIT_ARCH[machine()]), (_RETURN, 0, 0, _RET_ALLOW)]
    code += [(_LOAD, 0, 0, _NR_OFFSET), (_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _RET_ALLOW)]
    code += [(_EQUAL, 0, 1, IO_URING_SETUP), (_RETURN, 0, 0, _RET_ERRNO | errno.ENOSYS)]
    for name, number in numbers.items():
        call = CALLS[name]
        if call.fd >= 0:  # only descriptors above 2
            code += [(_EQUAL, 0, 4, number), (_LOAD, 0, 0, _ARGS_OFFSET + 8 * call.fd), (_AT_LEAST, 0, 1, 3)]
            code += [(_RETURN, 0, 0, _RET_USER_NOTIF), (_RETURN, 0, 0, _RET_ALLOW)]
        elif call.flags >= 0:  # only those that may change something
            code += [(_EQUAL, 0, 4, number), (_LOAD, 0, 0, _ARGS_OFFSET + 8 * call.flags)]
            code += [(_ANY_BIT, 0, 1, WRITE_MODE_FLAGS), (_RETURN, 0, 0, _RET_USER_NOTIF), (_RETURN, 0, 0, _RET_ALLOW)]
        else:
            code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _RET_USER_NOTIF)]
    code.append((_RETURN, 0, 0, _RET_ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)


class _Program(ctypes.Structure):
    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def install_write_filter() -> int:
    """Puts the filter on this process and all that it becomes or starts; answers the listener's descriptor.

    It cannot be taken away again. Raises `SeccompError`.
    """
    code = write_filter()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise SeccompError(ctypes.get_errno(), "prctl(PR_SET_NO_NEW_PRIVS) was refused")
    # Where Yama guards /proc/PID/mem (ptrace_scope 1) our reader of paths is let in; elsewhere this is not needed.
    libc.prctl(_PR_SET_PTRACER, ctypes.c_ulong(_PR_SET_PTRACER_ANY), 0, 0, 0)
    program = _Program(len(code) // 8, code)
    number = ctypes.c_long(SECCOMP_NUMBER[machine()])
    mode = ctypes.c_ulong(_SET_MODE_FILTER)
    # Since 5.19 signals wait until the answer is there; without it calls are begun anew after a signal.
    for flags in (_NEW_LISTENER | _WAIT_KILLABLE_RECV, _NEW_LISTENER):
        listener: int = libc.syscall(number, mode, ctypes.c_ulong(flags), ctypes.byref(program))
        if listener >= 0:
            os.set_inheritable(listener, False)
            return listener
    number_of_error = ctypes.get_errno()
    raise SeccompError(number_of_error, f"seccomp(2) with a listener was refused: {os.strerror(number_of_error)}")


def wake_up_fast(listener: int) -> None:
    """Asks the kernel to hand over on the same core (since 6.6); does nothing where it cannot."""
    try:
        fcntl.ioctl(listener, _IOCTL_SET_FLAGS, _FD_SYNC_WAKE_UP)
    except OSError:
        return


def receive(listener: int, buffer: bytearray) -> tuple[int, ...] | None:
    """The next call as fields of `NOTIFICATION`, or None when its process was killed meanwhile."""
    buffer[:] = _EMPTY
    try:
        fcntl.ioctl(listener, _IOCTL_RECV, buffer)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.EINTR):
            return None
        raise
    return NOTIFICATION.unpack(buffer)


def answer(listener: int, identifier: int, error_number: int = 0) -> None:
    """Lets the call go on (0) or fails it with this errno; nothing happens when its process is gone."""
    flags = 0 if error_number else _FLAG_CONTINUE
    try:
        fcntl.ioctl(listener, _IOCTL_SEND, _RESPONSE.pack(identifier, 0, -error_number, flags))
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EINPROGRESS):
            raise
