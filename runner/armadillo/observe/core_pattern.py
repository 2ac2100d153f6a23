"""Where the kernel puts core dumps (core(5)), read from /proc/sys/kernel/core_pattern and never written.

The pattern is not part of any namespace: it is the machine's, whatever sandbox asks.
"""

from __future__ import annotations

import glob
import os
import re
import shutil
from dataclasses import dataclass

CORE_PATTERN_FILE = "/proc/sys/kernel/core_pattern"
_SPECIFIER = re.compile(r"%(?P<letter>.)")
_SYSTEMD = "systemd-coredump"


@dataclass(frozen=True)
class CorePattern:
    """The pattern as text; `can_be_had` says whether a core of a server will be a file that we can read."""

    text: str

    @property
    def is_pipe(self) -> bool:
        """A program of the machine gets the core; it runs outside of any sandbox."""
        return self.text.startswith("|")

    @property
    def is_socket(self) -> bool:
        """Kernels from 6.16 on can send cores to a socket."""
        return self.text.startswith("@")

    @property
    def is_systemd(self) -> bool:
        """The program is systemd's, which coredumpctl can ask."""
        return self.is_pipe and _SYSTEMD in self.text

    @property
    def can_be_had(self) -> bool:
        """Whether cores become files, or something that hands them out."""
        if self.is_systemd:
            return shutil.which("coredumpctl") is not None
        return bool(self.text) and not self.is_pipe and not self.is_socket

    @property
    def reason(self) -> str:
        """Why there will be no cores, for people; "" when there will be."""
        if self.can_be_had:
            return ""
        advice = "stacks will come from the crash handler's log lines only"
        if not self.text:
            return f"{CORE_PATTERN_FILE} is empty or cannot be read: {advice}"
        if self.is_systemd:
            return f"cores go to {_SYSTEMD}, and coredumpctl is not there: {advice}"
        kind = "a socket" if self.is_socket else "a program of the machine"
        return f'cores go to {kind} (core_pattern is "{self.text}"): {advice}; with "core" they would stay with the run'

    def candidates(self, working_directory: str, pid: int) -> list[str]:
        """Files that can be the core of a process, the newest first."""
        if not self.can_be_had or self.is_systemd:
            return []

        def value(found: re.Match[str]) -> str:
            # %p is the pid in the process's own namespace, %P in the first one, which we need not know
            return {"%": "%", "p": str(pid)}.get(found["letter"], "*")

        parts = [_SPECIFIER.sub(value, part) for part in glob.escape(self.text).replace("[%]", "%").split("/")]
        pattern = os.path.join(glob.escape(working_directory), "/".join(parts))
        found = [path for path in {*glob.glob(pattern), *glob.glob(f"{pattern}.{pid}")} if os.path.isfile(path)]
        return sorted(found, key=os.path.getmtime, reverse=True)


def read_core_pattern(path: str = CORE_PATTERN_FILE) -> CorePattern:
    """The machine's pattern; an empty one when it cannot be read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return CorePattern(file.read().strip())
    except OSError:
        return CorePattern("")
