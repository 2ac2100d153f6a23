"""A server that cannot listen because somebody else does: the one failure of a start that another try can mend.

arangod then ends with exit code 21 (EXIT_COULD_NOT_BIND_PORT of its exitcodes.yaml). The addresses of a run are leased,
so nobody else should be there; but who does not know of leases may take any port of the loopback for a moment.
"""

from __future__ import annotations

import asyncio
import errno
import socket

from ..arangodb.exit_codes import PORT_NOT_BINDABLE
from ..process.deadline import Deadline

MOST_TRIES = 3
_WAIT_FOR_PORT_S = 2.0
_POLL_S = 0.05


class PortRace:
    """Counts the tries of one start of a server."""

    def __init__(self, most_tries: int = MOST_TRIES) -> None:
        self.most_tries = most_tries
        self.tries = 0
        self.is_lost = False
        """Whether the last try ended because the port was taken."""

    @property
    def may_start_again(self) -> bool:
        """Whether the last try was lost and is not the last there may be."""
        return self.is_lost and self.tries < self.most_tries

    def take_end(self, status: int) -> None:
        """The server has ended while it was starting, with this exit status."""
        self.tries += 1
        self.is_lost = status == PORT_NOT_BINDABLE

    async def until_free(self, address: str, port: int, deadline: Deadline) -> float:
        """Waits until the port seems free, at most two seconds; answers how long that took, in seconds.

        Where the server lives in another network namespace the port seems free at once.
        """
        waited = Deadline(min(_WAIT_FOR_PORT_S, deadline.left_s))
        while True:
            if not _is_taken(address, port) or waited.passed:
                return waited.timeout_s - waited.left_s
            await asyncio.sleep(_POLL_S)  # the kernel offers no event for it


def _is_taken(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as arangod does
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
        return False
