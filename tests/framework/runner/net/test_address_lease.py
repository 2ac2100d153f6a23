"""Leases: two runs in one network namespace never meet."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys

import pytest
from armadillo.errors import AddressLeaseError
from armadillo.net.address_lease import STANDARD_PORT, SubnetLease, lease_subnet

HOLDER = """
import random, sys
from armadillo.net.address_lease import lease_subnet
leases = [lease_subnet() for _ in range(int(sys.argv[1]))]
print(*(lease.prefix for lease in leases), flush=True)
sys.stdin.read()
"""


class OneSubnetOnly(random.Random):
    """A source of choices that offers the same subnet again and again; `offers` counts."""

    def __init__(self, second: int, third: int) -> None:
        super().__init__(0)
        self._numbers = (second, third)
        self.offers = 0

    def randint(self, a: int, b: int) -> int:
        """The numbers in turn."""
        number = self._numbers[self.offers % 2]
        self.offers += 1
        return number


@pytest.fixture
def prefix() -> str:
    """A subnet that nobody holds now."""
    lease = lease_subnet()
    lease.close()
    return lease.prefix


def numbers(prefix: str) -> tuple[int, int]:
    """The second and third number of an address."""
    _, second, third = prefix.split(".")
    return int(second), int(third)


def start_holder(count: int) -> subprocess.Popen[str]:
    """Another process that leases `count` subnets and holds them until its stdin closes."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(count)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_holders_never_get_the_same_subnet(prefix: str) -> None:
    """Whoever holds a subnet keeps every other process away from it."""
    holder = lease_subnet(OneSubnetOnly(*numbers(prefix)))
    assert holder.prefix == prefix
    with pytest.raises(AddressLeaseError, match="Address already in use"):
        lease_subnet(OneSubnetOnly(*numbers(prefix)))
    holder.close()
    again = lease_subnet(OneSubnetOnly(*numbers(prefix)))
    assert again.prefix == prefix
    again.close()


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_lease_ends_with_its_holder(is_killed: bool) -> None:
    """Also when the holder is killed with -9 its subnet is free again."""
    with start_holder(1) as holder:
        assert holder.stdout is not None
        prefix = holder.stdout.readline().strip()
        with pytest.raises(AddressLeaseError):
            lease_subnet(OneSubnetOnly(*numbers(prefix)))
        if is_killed:
            holder.kill()
    lease_subnet(OneSubnetOnly(*numbers(prefix))).close()


def test_many_processes_at_once_get_subnets_of_their_own() -> None:
    """Twelve processes that lease forty subnets each at the same time get 480 different ones."""
    holders = [start_holder(40) for _ in range(12)]
    try:
        found = [prefix for holder in holders if holder.stdout for prefix in holder.stdout.readline().split()]
    finally:
        for holder in holders:
            with holder:
                pass
    assert len(found) == 480
    assert len(set(found)) == 480


@pytest.mark.parametrize("listener", ["{prefix}.1", "0.0.0.0"])
def test_a_subnet_in_which_somebody_listens_is_refused(prefix: str, listener: str) -> None:
    """A foreign process on the standard port, on the address itself or on all of them, is never met."""
    port = free_port()
    with socket.socket() as foreign:
        foreign.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        foreign.bind((listener.format(prefix=prefix), port))
        foreign.listen(1)
        with pytest.raises(AddressLeaseError) as caught:
            lease_subnet(OneSubnetOnly(*numbers(prefix)), port)
    assert f"with port {port}" in str(caught.value)
    assert "ss -ltnp" in str(caught.value)
    lease_subnet(OneSubnetOnly(*numbers(prefix)), port).close()


def free_port() -> int:
    """A port that nobody uses on any address at this moment."""
    with socket.socket() as probe:
        probe.bind(("0.0.0.0", 0))
        return int(probe.getsockname()[1])


def test_servers_of_a_run_get_addresses_of_their_own_until_there_are_none() -> None:
    """A /24 has 254 addresses for servers; the next one is refused in words."""
    lease = lease_subnet()
    addresses = [lease.next_address() for _ in range(254)]
    assert addresses[0] == f"{lease.prefix}.1"
    assert len(set(addresses)) == 254
    with pytest.raises(AddressLeaseError, match="all 254 addresses"):
        lease.next_address()
    lease.close()


def test_a_leased_address_can_be_bound_with_the_standard_port() -> None:
    """What was proved free is free: a server binds it right away."""
    lease: SubnetLease = lease_subnet()
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((lease.next_address(), STANDARD_PORT))
        server.listen(1)
    lease.close()


def test_equal_seeds_do_not_try_equal_subnets() -> None:
    """The choice must not come from the run's seed: Python's own random state has no influence."""
    code = (
        "import random, json; random.seed(1)\n"
        "from armadillo.net.address_lease import lease_subnet\n"
        "print(json.dumps([lease_subnet().prefix for _ in range(4)]))"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONHASHSEED": "0"}
    first, second = (
        json.loads(subprocess.check_output([sys.executable, "-c", code], env=env, text=True)) for _ in range(2)
    )
    assert first != second


def test_a_wanted_subnet_is_had_or_refused(prefix: str) -> None:
    """What a dataset holds is no matter of choice: no other one is taken, and the text says what to do."""
    lease = lease_subnet(wanted=prefix)
    try:
        assert lease.next_address() == f"{prefix}.1"
        with pytest.raises(AddressLeaseError, match=f"{prefix}.0/24.*dataset.*exclusive"):
            lease_subnet(wanted=prefix)
    finally:
        lease.close()
    lease_subnet(wanted=prefix).close()
