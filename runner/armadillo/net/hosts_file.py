"""Names of the servers for everything in the lab: an own /etc/hosts, in the run's mount namespace only."""

from __future__ import annotations

import os

from . import kernel_calls

_PLACE = "/etc/hosts"


class HostsFile:
    """The machine's lines and one for each node; a machine without the file has no names of nodes either.

    To be made in a mount namespace of the run's own.
    """

    def __init__(self, directory: str) -> None:
        """Writes the file into `directory` and mounts it; `problem` says why there are no names, if so."""
        self.path = ""
        self.problem = ""
        path = f"{directory}/hosts"
        try:
            with open(_PLACE, "rb") as file:
                lines = file.read()
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
            os.write(self._file, lines if lines.endswith(b"\n") or not lines else lines + b"\n")
            kernel_calls.mount(path, _PLACE, "none", kernel_calls.BIND)
        except OSError as error:
            self.problem = f"servers have no names, only addresses: {_PLACE}: {error.strerror}"
            return
        self.path = path

    def append(self, *names: tuple[str, str]) -> None:
        """More names, each behind its address; those who look them up from now on find them."""
        if self.path:
            os.write(self._file, "".join(f"{address}\t{name}\n" for address, name in names).encode("ascii"))

    def close(self) -> None:
        """Gives the file back; the names stay as long as the mount namespace."""
        if self.path:
            os.close(self._file)
            self.path = ""
