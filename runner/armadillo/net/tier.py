"""What isolates the run's network in fact, whatever was asked for."""

from __future__ import annotations

LAB = "lab"
"""Namespaces of our own: a network, an address and a link of its own for every server."""

HOST = "host"
"""The machine's own network, asked for by the target."""

BLOCK_NETWORK = "block-network"
"""A network namespace of its own that has nothing but a loopback: Bazel's `block-network` in linux-sandbox."""

LEASES = "leases"
"""A loopback shared with others: only the leases keep runs apart."""


def network_tier() -> str:
    """Looks which interfaces there are.

    Bazel ignores `block-network` without a word where it cannot make namespaces (plain chroots, many containers,
    other spawn strategies), so the tag in the BUILD file proves nothing.
    """
    return BLOCK_NETWORK if interface_names() == ["lo"] else LEASES


def interface_names() -> list[str]:
    """Names of this network namespace's interfaces, from proc(5)."""
    with open("/proc/self/net/dev", encoding="ascii") as file:
        lines = file.read().splitlines()[2:]
    return sorted(line.split(":")[0].strip() for line in lines)
