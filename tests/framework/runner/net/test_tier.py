"""What isolates the network is looked at, not believed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from armadillo.net.tier import BLOCK_NETWORK, LEASES, interface_names, network_tier

UNSHARE = ["unshare", "--user", "--map-root-user", "--net"]


def may_unshare() -> bool:
    """Whether this machine allows user and network namespaces."""
    try:
        return subprocess.run([*UNSHARE, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def test_the_tier_follows_from_the_interfaces_that_are_there() -> None:
    """Nothing but a loopback is a network of our own; with anything else only leases keep runs apart."""
    assert "lo" in interface_names()
    assert network_tier() == (BLOCK_NETWORK if interface_names() == ["lo"] else LEASES)


@pytest.mark.skipif(not may_unshare(), reason="this machine allows no namespaces")
def test_a_network_namespace_of_its_own_is_recognized() -> None:
    """Inside a fresh network namespace, as Bazel's block-network makes one, the tier is block-network."""
    code = "from armadillo.net.tier import network_tier; print(network_tier())"
    output = subprocess.check_output(
        [*UNSHARE, sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        text=True,
    )
    assert output.strip() == BLOCK_NETWORK
