"""Which network a run gets: what its target asks for, what the machine allows, and the reason where they differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from armadillo.errors import LabUnavailableError
from armadillo.model.deployment import Deployment, Mode, Network
from armadillo.model.role import Role
from armadillo.net.lab_entry import OUTSIDE, LabEntry
from armadillo.net.leased_network import LeasedNetwork
from armadillo.net.open_network import open_network
from armadillo.net.tier import HOST, network_tier

from tests.framework.runner.support.lab_run import LabRun, may_have_a_lab

REFUSED = LabEntry(False, "unshare: Operation not permitted")

INSIDE = """
from armadillo.model.deployment import Deployment, Mode, Network
from armadillo.model.role import Role
from armadillo.net.open_network import open_network
assert entry.is_inside, entry.reason
counts = {{Role.AGENT: 1, Role.DBSERVER: 2, Role.COORDINATOR: 1}}
deployment = Deployment(mode=Mode.CLUSTER, counts=counts, network=Network.{wanted})
{before}
network = open_network(deployment, entry, tempfile.mkdtemp(dir="/tmp"))
print(network.tier, network.tier_reason)
for name, _ in deployment.server_names(): print(name, network.add_node(name).listening)
with network.inside("agent-1"):
    import socket
    server = socket.create_server((network.add_node("dbserver-3").listening if network.tier != "lab" else "", 8529))
"""
NO_NAMESPACES = "open('/proc/sys/user/max_net_namespaces', 'w').write('1')"


def deployment(wanted: Network) -> Deployment:
    """A single server."""
    return Deployment(mode=Mode.SINGLE_SERVER, counts={Role.SINGLE: 1}, network=wanted)


@pytest.mark.parametrize("wanted", [Network.AUTO, Network.LEASES, Network.HOST])
def test_without_a_lab_addresses_are_leased_and_the_reason_is_kept(wanted: Network, tmp_path: Path) -> None:
    """Only who asked for a lab, or for the best, has a reason why it is none."""
    entry = REFUSED if wanted is Network.AUTO else OUTSIDE
    network = open_network(deployment(wanted), entry, str(tmp_path))
    try:
        assert isinstance(network, LeasedNetwork)
        assert network.tier == (HOST if wanted is Network.HOST else network_tier())
        assert network.tier_reason == entry.reason
        assert network.add_node("single-1").listening.startswith("127.")
        assert (network.way_in(), network.shells(), network.settings()) == ("", {}, {})
    finally:
        network.close()


def test_who_insists_on_the_lab_is_told_what_was_refused_and_what_to_do(tmp_path: Path) -> None:
    """A target with network = "lab" does not quietly run in something less."""
    with pytest.raises(LabUnavailableError) as caught:
        open_network(deployment(Network.LAB), REFUSED, str(tmp_path))
    for words in ('network = "lab"', REFUSED.reason, "docs/network.md", 'network = "auto"'):
        assert words in str(caught.value)


@pytest.mark.skipif(not may_have_a_lab(), reason="this machine allows no namespaces")
def test_inside_every_server_has_its_place_in_order() -> None:
    """The deployment's servers are there from the start, with addresses in start order."""
    with LabRun(INSIDE.format(wanted="LAB", before=""), network=False) as run:
        status, out, err = run.finish()
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "lab ", "agent-1 10.99.0.1", "dbserver-1 10.99.0.2", "dbserver-2 10.99.0.3", "coordinator-1 10.99.0.4",
    ]  # fmt: skip


@pytest.mark.skipif(not may_have_a_lab(), reason="this machine allows no namespaces")
def test_a_lab_that_cannot_be_built_becomes_leases_in_a_network_of_its_own() -> None:
    """A kernel that allows the first namespaces and refuses the servers' ones: leases on a loopback that is up."""
    with LabRun(INSIDE.format(wanted="AUTO", before=NO_NAMESPACES), network=False) as run:
        status, out, err = run.finish()
    assert (status, err) == (0, "")
    first, *servers = out.splitlines()
    assert first == "block-network unshare: No space left on device"
    assert [line.split()[1].startswith("127.") for line in servers] == [True] * 4


@pytest.mark.skipif(not may_have_a_lab(), reason="this machine allows no namespaces")
def test_a_lab_that_cannot_be_built_is_an_error_for_who_insists() -> None:
    """The same kernel with network = "lab": the call that was refused is named."""
    with LabRun(INSIDE.format(wanted="LAB", before=NO_NAMESPACES), network=False) as run:
        status, _, err = run.finish()
    assert status == 1
    assert "LabUnavailableError" in err
    assert "refused: unshare: No space left on device" in err
