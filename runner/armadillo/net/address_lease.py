"""Leasing a /24 of the loopback network, so that two runs on one machine never meet.

A lease is a bound abstract Unix socket named after the subnet. Abstract names belong to the network namespace, which
is exactly the scope in which 127.x.y.z could collide; the kernel frees them when the holder ends, however it ends; and
they do not depend on a shared /tmp, which Bazel 7's sandbox hides (docs/decisions/0002-address-leases.md).
"""

from __future__ import annotations

import errno
import random
import socket

from ..errors import AddressLeaseError

STANDARD_PORT = 8529
"""ArangoDB's own port: with an address for each server every server can have it."""

_ATTEMPTS = 512
_FIRST_HOST = 1
_LAST_HOST = 254


class SubnetLease:
    """A /24 below 127.0.0.0/8 that no other run in this network namespace has; `close` gives it back."""

    def __init__(self, prefix: str, holder: socket.socket) -> None:
        self.prefix = prefix
        self._holder = holder
        self._next_host = _FIRST_HOST

    def next_address(self) -> str:
        """A new address of this subnet; raises `AddressLeaseError` after 254 of them."""
        if self._next_host > _LAST_HOST:
            raise AddressLeaseError(f"all {_LAST_HOST} addresses of {self.prefix}.0/24 are used by this run's servers")
        address = f"{self.prefix}.{self._next_host}"
        self._next_host += 1
        return address

    def close(self) -> None:
        """Gives the subnet back."""
        self._holder.close()


def lease_subnet(choice: random.Random | None = None, port: int = STANDARD_PORT, wanted: str = "") -> SubnetLease:
    """Leases a subnet in which nobody listens on `port`: `wanted` ("127.3.4") and no other, or any.

    The choice is random by default and not from the run's seed: two runs with the same seed must not try the same.
    Raises `AddressLeaseError` when no subnet could be had.
    """
    if wanted:
        return _lease_wanted(wanted, port)
    choice = choice or random.SystemRandom()
    last_problem = ""
    for _ in range(_ATTEMPTS):
        prefix = f"127.{choice.randint(1, 254)}.{choice.randint(0, 255)}"
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            holder.bind(f"\0armadillo-lease-{prefix}")
            _prove_free(f"{prefix}.{_FIRST_HOST}", port)
            return SubnetLease(prefix, holder)
        except OSError as error:
            holder.close()
            last_problem = f"{prefix}: {error.strerror}"
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                break
    raise AddressLeaseError(
        f"expected a free 127.x.y.0/24 with port {port}, found none in {_ATTEMPTS} attempts (last: {last_problem}); "
        "is the loopback interface up, and does something listen on 0.0.0.0 with that port? `ss -ltnp` shows it"
    )


def _lease_wanted(prefix: str, port: int) -> SubnetLease:
    holder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        holder.bind(f"\0armadillo-lease-{prefix}")
        _prove_free(f"{prefix}.{_FIRST_HOST}", port)
    except OSError as error:
        holder.close()
        raise AddressLeaseError(
            f"expected {prefix}.0/24 with port {port} to be free, because the target's dataset holds these addresses; "
            f"found: {error.strerror}. Another run on this machine may have them: tag the tests of this dataset "
            "`exclusive`, or let Bazel's sandbox give each a loopback of its own (docs/datasets.md)"
        ) from error
    return SubnetLease(prefix, holder)


def _prove_free(address: str, port: int) -> None:
    """Binding fails when anybody listens on this address, also by 0.0.0.0."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))
        probe.listen(1)
