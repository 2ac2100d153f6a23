"""What does the lab cost: at the start of eight servers, and in each request?

Run it with the runner and the stand-in importable:

    PYTHONPATH=runner:tools/arangod_standin python3 bench/lab/start.py
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
from typing import Any

_SPAWN = """
import dataclasses, json, os, random, secrets, socket, subprocess, sys, tempfile, time
names = [f"dbserver-{number}" for number in range(1, 9)]
from armadillo.net import address_lease, leased_network  # what a run without a lab loads as well
directory = tempfile.mkdtemp()
began = time.perf_counter()
if sys.argv[1] == "lab":
    from armadillo.net.lab_entry import enter_lab
    from armadillo.net.lab_network import LabNetwork
    entry = enter_lab("lab-bench")
    assert entry.is_inside, entry.reason
    entered = time.perf_counter()
    network = LabNetwork(directory, entry.mark, names)
    made = time.perf_counter()
    for name in names:
        with network.inside(name):
            subprocess.Popen(["sleep", "60"], start_new_session=True)
else:
    entered = made = began
    servers = [subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in names]
ended = time.perf_counter()
print(json.dumps([ended - began, entered - began, made - entered]), flush=True)
if sys.argv[1] != "lab":
    [server.kill() for server in servers]
"""

_REQUESTS = """
import http.client, json, os, subprocess, sys, tempfile, time
from contextlib import nullcontext
where, seconds = sys.argv[1], float(sys.argv[2])
directory = tempfile.mkdtemp()
address, inside = "127.0.0.1", nullcontext()
if where == "lab":
    from armadillo.net.lab_entry import enter_lab
    from armadillo.net.lab_network import LabNetwork
    entry = enter_lab("lab-bench")
    assert entry.is_inside, entry.reason
    network = LabNetwork(directory, entry.mark, ["single-1"])
    address, inside = "10.99.0.1", network.inside("single-1")
with inside:
    server = subprocess.Popen(
        [sys.executable, "-m", "arangod_standin", "--configuration", "none", "--server.descriptors-minimum", "0",
         "--server.authentication", "false", "--server.endpoint", f"tcp://{address}:8629",
         "--database.directory", f"{directory}/data", "--log.file", f"{directory}/log"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
def ask(connection):
    connection.request("GET", "/_api/version")
    assert connection.getresponse().read()
deadline = time.monotonic() + 20
while True:
    try:
        connection = http.client.HTTPConnection(address, 8629, timeout=10)
        ask(connection)
        break
    except OSError:
        assert time.monotonic() < deadline, "the server did not answer within 20 s"
for _ in range(200):
    ask(connection)
count, began = 0, time.perf_counter()
while time.perf_counter() < began + seconds:
    ask(connection)
    count += 1
print(json.dumps(count / (time.perf_counter() - began)), flush=True)
server.kill()
server.wait()
"""


def answer(program: str, *words: str) -> Any:
    """What a program of its own prints, as JSON; it has ended, with all that it started, when this returns."""
    import json

    process = subprocess.Popen(
        [sys.executable, "-c", program, *words], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    process.wait()
    process.stdout.close()
    return json.loads(line)


def main() -> None:
    """Measures both, interleaved, and prints a table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--request-rounds", type=int, default=7)
    options.add_argument("--seconds", type=float, default=1.5)
    chosen = options.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    starts: dict[str, list[list[float]]] = {"bare": [], "lab": []}
    for _ in range(chosen.rounds):
        for where, found in starts.items():
            found.append(answer(_SPAWN, where))
    rates: dict[str, list[float]] = {"loopback": [], "lab": []}
    for _ in range(chosen.request_rounds):
        for where, seen in rates.items():
            seen.append(answer(_REQUESTS, where, str(chosen.seconds)))
    bare, lab = (statistics.median(total for total, _, _ in starts[where]) * 1000 for where in starts)
    entering = statistics.median(one[1] for one in starts["lab"]) * 1000
    building = statistics.median(one[2] for one in starts["lab"]) * 1000
    ratio = statistics.median(inside / outside for inside, outside in zip(rates["lab"], rates["loopback"], strict=True))
    user = "root" if os.geteuid() == 0 else "an unprivileged user"
    print(f"as {user}, {chosen.rounds} and {chosen.request_rounds} rounds, medians\n")
    print("| what | aim | reached | note |\n| --- | --- | --- | --- |")
    note = f"bare {bare:.1f} ms, lab {lab:.1f} ms, of it entering with imports {entering:.1f}, network {building:.1f}"
    print(f"| eight servers spawned in the lab, over bare | <= 25 ms | {lab - bare:.1f} ms | {note} |")
    seen_rates = ", ".join(f"{where} {statistics.median(found):.0f}/s" for where, found in rates.items())
    print(f"| requests with one connection, lab to loopback | >= 0.8 | {ratio:.2f} | {seen_rates} |")


if __name__ == "__main__":
    main()
