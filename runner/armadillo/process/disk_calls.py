"""The system calls by which a process changes files: their numbers, and where each has its arguments.

Numbers: the kernel's tables arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
Imported by helper processes whose start-up time counts, so nothing heavy is imported here.
"""

from __future__ import annotations

import platform

AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""How seccomp calls the architectures (linux/audit.h)."""

SECCOMP_NUMBER = {"x86_64": 317, "aarch64": 277}
"""Number of seccomp(2) itself."""

IO_URING_SETUP = 425
"""The same on both; io_uring would write past every filter."""

WRITE_MODE_FLAGS = 0o1 | 0o2 | 0o100 | 0o1000
"""O_WRONLY, O_RDWR, O_CREAT and O_TRUNC: an open(2) with one of them may change something."""

O_CREAT = 0o100
O_TRUNC = 0o1000


class Call:
    """One system call: what it does, and which of its arguments hold the descriptor, the paths, range and flags.

    `action` is "write" (adds data), "resize" (changes size or allocation), "sync", "open" or "change" (of names).
    -1 means that the call has no such argument. `paths` are pairs of (descriptor of the folder or -1, path).
    """

    def __init__(
        self,
        name: str,
        action: str,
        *,
        fd: int = -1,
        length: int = -1,
        offset: int = -1,
        vector: int = -1,
        flags: int = -1,
        paths: tuple[tuple[int, int], ...] = (),
    ) -> None:
        self.name = name
        self.action = action
        self.fd = fd
        self.length = length
        self.offset = offset
        self.vector = vector
        self.flags = flags
        self.paths = paths


CALLS = {
    call.name: call
    for call in (
        Call("write", "write", fd=0, length=2),
        Call("pwrite64", "write", fd=0, length=2, offset=3),
        Call("writev", "write", fd=0, vector=1, length=2),
        Call("pwritev", "write", fd=0, vector=1, length=2, offset=3),
        Call("pwritev2", "write", fd=0, vector=1, length=2, offset=3),
        Call("copy_file_range", "write", fd=2, length=4),
        Call("sendfile", "write", fd=0, length=3),
        Call("fsync", "sync", fd=0),
        Call("fdatasync", "sync", fd=0),
        Call("sync_file_range", "sync", fd=0),
        Call("syncfs", "sync", fd=0),
        Call("ftruncate", "resize", fd=0, offset=1),
        Call("fallocate", "resize", fd=0, offset=2, length=3),
        Call("open", "open", flags=1, paths=((-1, 0),)),
        Call("openat", "open", flags=2, paths=((0, 1),)),
        Call("creat", "open", paths=((-1, 0),)),
        Call("truncate", "change", paths=((-1, 0),)),
        Call("rename", "change", paths=((-1, 0), (-1, 1))),
        Call("renameat", "change", paths=((0, 1), (2, 3))),
        Call("renameat2", "change", paths=((0, 1), (2, 3))),
        Call("unlink", "change", paths=((-1, 0),)),
        Call("unlinkat", "change", paths=((0, 1),)),
        Call("rmdir", "change", paths=((-1, 0),)),
        Call("mkdir", "change", paths=((-1, 0),)),
        Call("mkdirat", "change", paths=((0, 1),)),
        Call("link", "change", paths=((-1, 1),)),
        Call("linkat", "change", paths=((2, 3),)),
        Call("symlink", "change", paths=((-1, 1),)),
        Call("symlinkat", "change", paths=((1, 2),)),
    )
}
"""All calls that are looked at, by name."""

_X86_64 = {
    "write": 1,
    "open": 2,
    "pwrite64": 18,
    "writev": 20,
    "sendfile": 40,
    "fsync": 74,
    "fdatasync": 75,
    "truncate": 76,
    "ftruncate": 77,
    "rename": 82,
    "mkdir": 83,
    "rmdir": 84,
    "creat": 85,
    "link": 86,
    "unlink": 87,
    "symlink": 88,
    "openat": 257,
    "mkdirat": 258,
    "unlinkat": 263,
    "renameat": 264,
    "linkat": 265,
    "symlinkat": 266,
    "sync_file_range": 277,
    "fallocate": 285,
    "pwritev": 296,
    "syncfs": 306,
    "renameat2": 316,
    "copy_file_range": 326,
    "pwritev2": 328,
}

_AARCH64 = {
    "mkdirat": 34,
    "unlinkat": 35,
    "symlinkat": 36,
    "linkat": 37,
    "renameat": 38,
    "truncate": 45,
    "ftruncate": 46,
    "fallocate": 47,
    "openat": 56,
    "write": 64,
    "writev": 66,
    "pwrite64": 68,
    "pwritev": 70,
    "sendfile": 71,
    "fsync": 82,
    "fdatasync": 83,
    "sync_file_range": 84,
    "syncfs": 267,
    "renameat2": 276,
    "copy_file_range": 285,
    "pwritev2": 287,
}

NUMBERS = {"x86_64": _X86_64, "aarch64": _AARCH64}
"""Name to number, by architecture."""


def machine() -> str:
    """ "x86_64" or "aarch64", else whatever this machine calls itself."""
    return platform.machine()


def calls_by_number() -> dict[int, Call]:
    """The calls of this machine; empty on one that is not known."""
    return {number: CALLS[name] for name, number in NUMBERS.get(machine(), {}).items()}
