"""How a disk behaves: rules that judge the calls of one server. Built from plain values that come as JSON."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from typing import Any

from .disk_look import Look
from .disk_undo import UndoLog

_EVERYTHING = 1 << 62


class Verdict:
    """What becomes of a call: `error_number` 0 lets it go, after `delay_s`."""

    def __init__(self, error_number: int = 0, delay_s: float = 0.0) -> None:
        self.error_number = error_number
        self.delay_s = delay_s


GO = Verdict()


class Full:
    """No byte more than `free_bytes` can be written, over existing ones neither, as on file systems that copy on write.

    New folders and symbolic links need space, too. Deleting gives nothing back.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._free_bytes = int(values.get("free_bytes", 0))

    def judge(self, look: Look) -> Verdict:
        """ENOSPC for what does not fit any more."""
        if look.call.name in ("mkdir", "mkdirat", "symlink", "symlinkat"):
            return Verdict(errno.ENOSPC) if not self._free_bytes else GO
        if look.action != "write" and look.call.name != "fallocate":
            return GO
        needed = look.length()
        if needed > self._free_bytes:
            return Verdict(errno.ENOSPC)
        self._free_bytes -= needed
        return GO


class ReadOnly:
    """As a file system that the kernel made read-only after an error: open files cannot be written either."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        pass

    def judge(self, look: Look) -> Verdict:
        """EROFS for everything that would change something; opening an existing file for writing is refused as well."""
        return GO if look.action == "sync" else Verdict(errno.EROFS)


class Slow:
    """Writes and syncs take longer by `write_delay_s` and `fsync_delay_s`."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._delay_s = {"write": float(values["write_delay_s"]), "sync": float(values["fsync_delay_s"])}

    def judge(self, look: Look) -> Verdict:
        """Lets all go, late."""
        return Verdict(0, self._delay_s.get(look.action, 0.0))


class Failing:
    """EIO for writes, syncs or both: each `every_nth`, or `percent` of them by `seed`."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        from random import Random  # here: most supervisors never need it, and servers wait for their start

        self._actions = {"write": ("write",), "fsync": ("sync",), "both": ("write", "sync")}[values["operations"]]
        self._every_nth = int(values.get("every_nth", 0))
        self._percent = float(values.get("percent", 0.0))
        self._random = Random(values.get("seed", 0))
        self._seen = 0

    def judge(self, look: Look) -> Verdict:
        """EIO for those whose turn it is."""
        if look.action not in self._actions:
            return GO
        self._seen += 1
        by_turn = self._every_nth and self._seen % self._every_nth == 0
        by_chance = not self._every_nth and self._random.random() * 100 < self._percent
        return Verdict(errno.EIO) if by_turn or by_chance else GO


class LoseUnsynced:
    """Lets all go and remembers what a power cut would take; `finish` is that power cut."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.log = UndoLog()

    def judge(self, look: Look) -> Verdict:
        """Keeps what the call is about to overwrite."""
        if look.action == "sync":
            if look.call.name == "syncfs":
                self.log.forget()
            elif look.call.name != "sync_file_range":  # that one promises nothing after a power cut
                self.log.synced(look.descriptor_path)
        elif look.action == "write" and not look.is_synchronous:
            size = os.stat(look.descriptor_path).st_size
            self.log.keep(look.descriptor_path, look.offset(size), look.length())
        elif look.call.name == "ftruncate":
            self.log.keep(look.descriptor_path, look.offset(0), _EVERYTHING)
        elif look.call.name == "fallocate":
            self.log.keep(look.descriptor_path, look.offset(0), look.length())
        elif look.empties and os.path.exists(look.paths()[0]):
            self.log.keep(look.paths()[0], 0, _EVERYTHING)
        return GO


RULES: Mapping[str, Any] = {
    "full": Full,
    "read_only": ReadOnly,
    "slow": Slow,
    "failing": Failing,
    "lose_unsynced": LoseUnsynced,
}
"""Rule classes by the word that stands in a request."""
