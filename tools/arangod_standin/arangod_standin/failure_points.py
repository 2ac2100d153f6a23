"""Failure points: names that, when set, make the server fail at a certain place. Nothing is set by default.

Names of ArangoDB are used where its place exists here (reference: ``/_admin/debug/failat``). The operations that
fail answer with ArangoDB's error 22 (intentional debug error). Names that no place knows may be set too, as in
ArangoDB, and do nothing. The README has the table of those that do something.
"""

from __future__ import annotations

import os
import signal

from .errors import DEBUG, ArangoError

# A server of a cluster neither reaches the others nor hears them, while clients still reach it.
CUT_OFF = "ClusterComm::cutOff"


class FailurePoints:
    """The names that are set in this process."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    def add(self, name: str) -> None:
        """Set a point."""
        self._names.add(name)

    def remove(self, name: str) -> None:
        """Take a point back; unknown ones do not matter."""
        self._names.discard(name)

    def clear(self) -> None:
        """Take all points back."""
        self._names.clear()

    def names(self) -> list[str]:
        """Return the names that are set, sorted."""
        return sorted(self._names)

    def __contains__(self, name: str) -> bool:
        """Say whether a point is set."""
        return name in self._names

    def check(self, name: str) -> None:
        """Fail if the point is set. Raises ArangoError 22."""
        if name in self._names:
            raise ArangoError(DEBUG, f"intentional debug error at failure point '{name}'")

    def crash(self, name: str) -> None:
        """End the process by SIGKILL if the point is set, as crashes of failure points do in ArangoDB."""
        if name in self._names:
            os.kill(os.getpid(), signal.SIGKILL)


# One process is one server.
FAILURE_POINTS = FailurePoints()
