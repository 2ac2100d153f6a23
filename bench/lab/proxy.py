"""What does a link proxy cost: in each request, in each new connection, and in each rule?

Run it with the runner and the stand-in importable:

    PYTHONPATH=runner:tools/arangod_standin python3 bench/lab/proxy.py
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable

from armadillo.net.address_lease import STANDARD_PORT, lease_subnet
from armadillo.net.links import Link, LinkEffect, LinkRule
from armadillo.net.network import NodeAddress
from armadillo.net.proxied_network import ProxiedNetwork

REQUEST = b"GET /_api/version HTTP/1.1\r\nHost: x\r\n\r\n"
READY_TIMEOUT_S = 20.0
RULE = LinkRule(LinkEffect.DROP)
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(host: str) -> Connection:
    """A connection to the server, or to its proxy."""
    return await asyncio.open_connection(host, STANDARD_PORT)


async def exchange(connection: Connection) -> None:
    """One request and its answer."""
    reader, writer = connection
    writer.write(REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    await reader.readexactly(int(length.split(b":")[1]))


async def requests_per_s(host: str, connections: int, seconds: float) -> float:
    """Requests on kept connections."""
    made = [await connect(host) for _ in range(connections)]
    end_s = time.perf_counter() + seconds

    async def ask(connection: Connection) -> int:
        count = 0
        while time.perf_counter() < end_s:
            await exchange(connection)
            count += 1
        return count

    counts = await asyncio.gather(*(ask(connection) for connection in made))
    for _, writer in made:
        writer.close()
    return sum(counts) / seconds


async def connections_per_s(host: str, seconds: float) -> float:
    """Connections with one request each, one after the other."""
    end_s, count = time.perf_counter() + seconds, 0
    while time.perf_counter() < end_s:
        connection = await connect(host)
        await exchange(connection)
        connection[1].close()
        count += 1
    return count / seconds


def cpu_s(pid: int) -> float:
    """What a process has used of all cores."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        user, system = file.read().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


async def until_ready(host: str) -> None:
    """Returns when the proxy listens, which it does when the server does."""
    end_s = time.perf_counter() + READY_TIMEOUT_S
    while True:
        try:
            connection = await connect(host)
        except ConnectionRefusedError:
            if time.perf_counter() > end_s:
                raise
        else:
            await exchange(connection)
            connection[1].close()
            return


async def measure(network: ProxiedNetwork, address: NodeAddress, rounds: int, seconds: float) -> None:
    """Prints a row for each kind of load."""
    await until_ready(address.advertised)
    elsewhere = [Link("other", "single-1")]
    kinds: list[tuple[str, bool, Callable[[str], Awaitable[float]]]] = [
        ("requests/s, 1 connection", False, lambda host: requests_per_s(host, 1, seconds)),
        ("requests/s, 16 connections", False, lambda host: requests_per_s(host, 16, seconds)),
        ("requests/s, 1 connection, a rule on another link", True, lambda host: requests_per_s(host, 1, seconds)),
        ("connections/s", False, lambda host: connections_per_s(host, seconds)),
        ("connections/s, a rule on another link", True, lambda host: connections_per_s(host, seconds)),
    ]
    print("| what | loopback | proxy | ratio | proxy's CPU for each, us |\n| --- | --- | --- | --- | --- |")
    for name, with_rule, load in kinds:
        if with_rule:
            await network.links.impose("elsewhere", elsewhere, RULE)
        rows, began_s = [], cpu_s(network.proxies.pid)
        for _ in range(rounds):
            rows.append((await load(address.listening), await load(address.advertised)))
        cpu_us = (cpu_s(network.proxies.pid) - began_s) / (sum(row[1] for row in rows) * seconds) * 1e6
        direct, proxied = (statistics.median(column) for column in zip(*rows, strict=True))
        ratio = statistics.median(proxied / direct for direct, proxied in rows)
        print(f"| {name} | {direct:.0f} | {proxied:.0f} | {ratio:.2f} | {cpu_us:.0f} |", flush=True)
        await network.links.lift("elsewhere")
    await measure_rules(network, rounds)


async def measure_rules(network: ProxiedNetwork, rounds: int) -> None:
    """Prints how long rules on all 72 links between eight servers and the tests take."""
    names = ["tests", "single-1", "other", *(f"idle-{number}" for number in range(6))]
    links = [Link(one, other) for one in names for other in names if one != other]
    times_ms: dict[str, list[float]] = {"impose": [], "lift": []}
    for number in range(rounds * 10):
        for verb, action in (
            ("impose", network.links.impose(str(number), links, RULE)),
            ("lift", network.links.lift(str(number))),
        ):
            started_s = time.perf_counter()
            await action
            times_ms[verb].append((time.perf_counter() - started_s) * 1e3)
    for verb, found in times_ms.items():
        print(f"| {verb} a cut of {len(links)} links, ms | | {statistics.median(found):.2f} | | |")


def main() -> None:
    """Starts a stand-in behind a proxy and measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    network = ProxiedNetwork(lease_subnet(), "leases")
    try:
        address = network.add_node("single-1")
        for name in ("other", *(f"idle-{number}" for number in range(6))):
            network.add_node(name)
        with tempfile.TemporaryDirectory() as directory:
            words = [sys.executable, "-m", "arangod_standin", "--configuration", "none"]
            words += ["--server.descriptors-minimum", "0", "--server.authentication", "false"]
            words += ["--server.endpoint", f"tcp://{address.listening}:{STANDARD_PORT}"]
            words += ["--database.directory", f"{directory}/data", "--log.output", "file:///dev/null"]
            server = subprocess.Popen(words, start_new_session=True)
            network.node_started("single-1", server.pid)
            try:
                asyncio.run(measure(network, address, options.rounds, options.seconds))
            finally:
                server.kill()
                server.wait()
    finally:
        network.close()


if __name__ == "__main__":
    main()
