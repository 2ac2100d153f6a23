"""How long do injecting and healing of a partition take, and what does the packet switch carry?

Run it with the runner importable:

    PYTHONPATH=runner python3 bench/lab/partition.py
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys

_PROGRAM = """
import asyncio, json, socket, sys, tempfile, threading, time
from armadillo.net.lab_entry import enter_lab
from armadillo.net.lab_network import LabNetwork
entry = enter_lab("lab-bench")
assert entry.is_inside, entry.reason
names = [f"dbserver-{number}" for number in range(1, 9)]
network = LabNetwork(tempfile.mkdtemp(), entry.mark, names)
if sys.argv[2] == "switch":
    import armadillo.net.nft
    armadillo.net.nft._LIBRARY = "none"
from armadillo.net.links import Link, LinkEffect, LinkRule
links = network.links
halves = [Link(one, other) for one in names for other in names if (one in names[:4]) != (other in names[:4])]
two = [Link(names[0], names[1]), Link(names[1], names[0])]

async def times(ways, rule):
    marks = [time.perf_counter()]
    for step in (links.impose("r", ways, rule), links.prove("r"), links.lift("r"), links.prove_lifted(ways)):
        await step
        marks.append(time.perf_counter())
    return [1000 * (later - earlier) for earlier, later in zip(marks, marks[1:])]

def transfer(megabytes):
    with network.inside(names[1]):
        listener = socket.create_server((network.nodes[names[1]].address, 8529))
    with network.inside(names[0]):
        near = socket.create_connection((network.nodes[names[1]].address, 8529))
    far, _ = listener.accept()
    began = time.perf_counter()
    threading.Thread(target=near.sendall, args=(bytes(megabytes << 20),)).start()
    left = megabytes << 20
    while left:
        left -= len(far.recv(1 << 20))
    for one in (near, far, listener):
        one.close()
    return megabytes / (time.perf_counter() - began)

async def measure():
    began = time.perf_counter()
    assert not any(links.why_not(effect) for effect in LinkEffect)  # as a fault asks before it is injected
    looked = 1000 * (time.perf_counter() - began)
    partition = LinkRule(LinkEffect.DROP)
    found = {"first look what can be had": [[looked]], "first partition": [await times(halves, partition)]}
    found["partition"] = [await times(halves, partition) for _ in range(int(sys.argv[1]))]
    found["delay of 5 ms between two"] = [
        await times(two, LinkRule(LinkEffect.DELAY, delay_ms=5)) for _ in range(int(sys.argv[1]))
    ]
    speeds = {"bridge": [await asyncio.to_thread(transfer, 200) for _ in range(5)]}
    await links.impose("r", two, LinkRule(LinkEffect.RATE, rate_bytes_per_s=10**10))
    speeds["switch"] = [await asyncio.to_thread(transfer, 200) for _ in range(5)]
    await links.lift("r")
    print(json.dumps([found, speeds]), flush=True)

asyncio.run(measure())
"""


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = str(parser.parse_args().rounds)
    print("| what | inject ms | proof ms | heal ms | proof ms |\n| --- | --- | --- | --- | --- |")
    speeds = {}
    for mechanism in ("nftables", "switch"):
        out = subprocess.check_output([sys.executable, "-c", _PROGRAM, rounds, mechanism], text=True)
        found, speeds = json.loads(out)
        for what, measured in found.items():
            medians = (f"{statistics.median(step):.1f}" for step in zip(*measured, strict=True))
            cells = [*medians, "", "", ""][:4]
            print(f"| {what} ({mechanism}) | {' | '.join(cells)} |")
    print("\n| one connection through | MB/s |\n| --- | --- |")
    for what, measured in speeds.items():
        print(f"| {what} | {statistics.median(measured):.0f} |")


if __name__ == "__main__":
    main()
