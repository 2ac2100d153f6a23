"""Names of the servers for everything in the lab: an own /etc/hosts, in the run's mount namespace only."""

from __future__ import annotations

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
            with open(path, "wb") as file:
                file.write(lines if lines.endswith(b"\n") or not lines else lines + b"\n")
            kernel_calls.mount(path, _PLACE, "none", kernel_calls.BIND)
        except OSError as error:
            self.problem = f"servers have no names, only addresses: {_PLACE}: {error.strerror}"
            return
        self.path = path

    def append(self, address: str, name: str) -> None:
        """One more name; those who look it up from now on find it."""
        if self.path:
            with open(self.path, "a", encoding="ascii") as file:
                file.write(f"{address}\t{name}\n")
