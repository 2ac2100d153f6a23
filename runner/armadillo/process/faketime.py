"""libfaketime: a preloaded library that gives one process a wall clock of its own (https://github.com/wolfcw/libfaketime).

It reads a file with an offset such as "+3600", at most two seconds late. Only dynamically linked programs load it; the
monotonic clock and the times of files stay as they are.

Left alone it makes a semaphore and a page of shared memory named after its pid, which stay when it is killed, and a
process with the same pid in another pid namespace then refuses to start. So they are made here, with names of the run.
"""

from __future__ import annotations

import glob
import os
import struct

LIBRARY = "libfaketimeMT.so.1"
"""The one for programs with threads; Debian's package libfaketime brings it."""

_PLACES = ("/usr/lib/*/faketime", "/usr/lib64/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")
SHARED_MEMORY = "/dev/shm"
"""Where shm_open(3) and sem_open(3) look."""
_SEMAPHORE = struct.pack("=QII16x", 1, 0, 0)
"""glibc's struct new_sem with the value 1, nobody waiting."""
_COUNTERS = struct.pack("=QQ", 0, 0) + struct.pack("=qq", 0, -1) * 4
"""libfaketime's struct ft_shared_s: ticks, place in the file, start times on four clocks, none taken yet."""
_PT_INTERP = 3
_MOST_INTERPRETERS = 4
RELOAD_S = 1
"""How old what it read from its file may be, in whole seconds: reading it each time would cost 5 us."""
SEEN_WITHIN_S = 2.0
"""The library asks whether its knowledge is older than `RELOAD_S` in whole seconds."""


def library_path() -> str:
    """Where the library is; "" when this machine does not have it."""
    for place in _PLACES:
        found = sorted(glob.glob(os.path.join(place, LIBRARY)))
        if found:
            return found[0]
    return ""


def why_no_clock(executable: str) -> str:
    """ "" when the program can have a clock of its own, else why not."""
    if not library_path():
        return f"{LIBRARY} is not on this machine (Debian's package libfaketime has it)"
    program = _program_of(executable)
    if not _is_dynamic(program):
        return f"{os.path.basename(program)} is statically linked, and no library can be preloaded into it"
    return ""


def clock_environment(data_directory: str, executable: str, shared_name: str) -> dict[str, str]:
    """What to add to a server's environment, its clock file made and at offset 0; nothing where it cannot be.

    `shared_name` is a name that no other server on this machine has; `remove_shared` takes away what gets it. Raises
    OSError.
    """
    if why_no_clock(executable):
        return {}
    _make_shared(shared_name)
    path = clock_path(data_directory)
    if not os.path.exists(path):
        set_clock(data_directory, 0.0)
    return {
        "LD_PRELOAD": library_path(),
        "FAKETIME_TIMESTAMP_FILE": path,
        "FAKETIME_CACHE_DURATION": str(RELOAD_S),
        "FAKETIME_SHARED": f"/{shared_name} /{shared_name}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def _make_shared(name: str) -> None:
    """A semaphore with the value 1, and counters as the library's own program initializes them."""
    for path, content in ((f"sem.{name}", _SEMAPHORE), (name, _COUNTERS)):
        descriptor = os.open(f"{SHARED_MEMORY}/{path}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(content)


def remove_shared(name_part: str) -> None:
    """Takes away shared memory and semaphores whose names hold this, such as a run's id."""
    for path in glob.glob(f"{SHARED_MEMORY}/*{glob.escape(name_part)}*"):
        try:
            os.unlink(path)
        except OSError:
            continue


def clock_path(data_directory: str) -> str:
    """The file with the offset of one server, over all its incarnations."""
    return os.path.join(data_directory, "clock")


def set_clock(data_directory: str, offset_s: float) -> None:
    """Sets how far the server's clock is ahead of ours (negative: behind); seen within `SEEN_WITHIN_S`."""
    path = clock_path(data_directory)
    with open(path + ".new", "w", encoding="ascii") as file:
        file.write(f"{offset_s:+.6f}\n")
    os.replace(path + ".new", path)


def has_clock(pid: int) -> bool:
    """Whether the library is loaded in the living process."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as file:
            return any(LIBRARY in line for line in file)
    except OSError:
        return False


def _program_of(executable: str) -> str:
    """The binary that runs in the end: a script's interpreter."""
    path = executable
    for _ in range(_MOST_INTERPRETERS):
        with open(path, "rb") as file:
            line = file.readline(1024)
        if not line.startswith(b"#!"):
            break
        words = line[2:].decode("utf-8", "replace").split()
        path = words[0]
        if os.path.basename(path) == "env":
            name = next((word for word in words[1:] if not word.startswith("-")), "")
            path = next((one for one in _on_path(name) if os.access(one, os.X_OK)), path)
    return path


def _on_path(name: str) -> list[str]:
    return [os.path.join(folder, name) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)]


def _is_dynamic(path: str) -> bool:
    """Whether an ELF file names a dynamic loader (PT_INTERP, elf(5)); False for what is no ELF file."""
    with open(path, "rb") as file:
        header = file.read(64)
        if header[:4] != b"\x7fELF" or len(header) < 64:
            return False
        is_64_bit, order = header[4] == 2, "<" if header[5] == 1 else ">"
        offset = struct.unpack_from(order + ("Q" if is_64_bit else "I"), header, 32 if is_64_bit else 28)[0]
        entry_bytes, entries = struct.unpack_from(order + "HH", header, 54 if is_64_bit else 42)
        file.seek(offset)
        table = file.read(entry_bytes * entries)
    types = [struct.unpack_from(order + "I", table, number * entry_bytes)[0] for number in range(entries)]
    return _PT_INTERP in types
