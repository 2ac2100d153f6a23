"""Measures the stand-in: start, cluster start, inserts, import, index look-up, memory.

    python3 bench/standin/measure.py [--rounds N] [--seconds N] [--only NAME ...] [--arangod FILE]

Builds //tools/arangod_standin:arangod unless --arangod names an executable, and prints one table. All loads come from
one process beside the server, so that two cores suffice.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import shlex
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import load
from processes import AUTHORIZATION, Cluster, Server

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = 100_000
CONNECTIONS = 16


class Row(NamedTuple):
    """One line of the table; `note` says what else was seen."""

    what: str
    aim: str
    reached: str
    met: bool
    note: str = ""


class Options(NamedTuple):
    """What to measure with."""

    command: list[str]
    scratch: Path
    rounds: int
    seconds: float


def _single(options: Options, name: str) -> Server:
    server = Server(options.command, options.scratch / name)
    server.start().wait("/_api/version")
    return server


def _floor_ms(options: Options) -> float:
    """How long the interpreter alone takes to load what any server on asyncio and SQLite needs."""
    interpreter = options.command[0]
    with open(interpreter, "rb") as file:
        first = file.readline()
    if first.startswith(b"#!"):
        interpreter = first[2:].split()[0].decode()
    code = "import os, sys; sys.modules['ssl'] = None; import asyncio, sqlite3; os._exit(0)"
    times = []
    for _ in range(max(options.rounds, 5) * 2):
        began_s = time.perf_counter()
        subprocess.check_call([interpreter, "-IS", "-c", code])
        times.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(times)


def start(options: Options) -> Iterator[Row]:
    """Process start to the first answer of GET /_api/version, each time on a new directory."""
    times, cpu = [], []
    for number in range(max(options.rounds, 5) * 4):
        server = Server(options.command, options.scratch / f"start{number}")
        times.append(server.start().wait("/_api/version") * 1000)
        cpu.append(server.cpu_s() * 1000)
        server.close()
    median = statistics.median(times)
    note = f"min {min(times):.0f}, max {max(times):.0f} of {len(times)}; {statistics.median(cpu):.0f} ms of CPU; "
    note += f"importing asyncio and sqlite3 alone takes {_floor_ms(options):.0f} ms"
    yield Row("process start to first answer, median", "<= 60 ms", f"{median:.0f} ms", median <= 60, note)


def cluster(options: Options) -> Iterator[Row]:
    """3+3+2 servers from the first start to all GOOD, and what they use at rest."""
    times, memory = [], []
    for number in range(options.rounds):
        servers = Cluster(options.command, options.scratch / f"cluster{number}")
        try:
            times.append(servers.start())
            if number == options.rounds - 1:
                time.sleep(3)
                memory = [server.memory_mib() for server in servers.servers]
        finally:
            servers.close()
    median = statistics.median(times)
    note = f"min {min(times):.2f}, max {max(times):.2f} of {len(times)}"
    yield Row("cluster of 3+3+2 ready, median", "<= 1.0 s", f"{median:.2f} s", median <= 1.0, note)
    rss, pss = max(m[0] for m in memory), max(m[1] for m in memory)
    note = f"PSS {pss:.0f} MiB; sum of PSS {sum(m[1] for m in memory):.0f} MiB"
    yield Row("memory at rest, largest of the cluster's processes", "<= 40 MB", f"{rss:.0f} MiB RSS", rss <= 40, note)


def memory(options: Options) -> Iterator[Row]:
    """A single server at rest, after one request."""
    server = _single(options, "memory")
    time.sleep(1)
    rss, pss = server.memory_mib()
    server.close()
    yield Row("memory at rest, single server", "<= 40 MB", f"{rss:.0f} MiB RSS", rss <= 40, f"PSS {pss:.0f} MiB")


def _documents() -> Iterator[bytes]:
    for number in itertools.count():
        yield json.dumps({"name": f"user {number:08}", "value": number, "flag": True, "text": "lorem ipsum"}).encode()


def inserts(options: Options) -> Iterator[Row]:
    """Single documents with waitForSync, by 16 connections, each waiting for its answer."""
    server = _single(options, "inserts")
    server.call("POST", "/_api/collection", {"name": "c"})
    for title, path, status, aim in (
        ("durable (waitForSync)", "/_api/document/c?waitForSync=true", b"HTTP/1.1 201", 10_000),
        ("not waiting for the disk", "/_api/document/c", b"HTTP/1.1 202", 0),
    ):
        requests = (load.request_bytes("POST", path, body, AUTHORIZATION) for body in _documents())
        cpu_s = server.cpu_s()
        done = load.run(server.port, requests, CONNECTIONS, options.seconds, status)
        cpu_us = (server.cpu_s() - cpu_s) / done.requests * 1e6
        note = f"{cpu_us:.0f} us CPU of the server each; "
        note += f"p50 {done.quantile_ms(0.5):.2f} ms, p99 {done.quantile_ms(0.99):.2f} ms"
        wanted = f">= {aim:,}/s" if aim else ""
        what = f"single-document inserts, {CONNECTIONS} connections, {title}"
        yield Row(what, wanted, f"{done.per_second:,.0f}/s", done.per_second >= aim, note)
    server.close()


def _import(server: Server) -> float:
    server.call("POST", "/_api/collection", {"name": "big"})
    lines = b"\n".join(itertools.islice(_documents(), DOCUMENTS))
    began_s = time.perf_counter()
    answer = server.call("POST", "/_api/import?collection=big&type=documents", lines)
    took_s = time.perf_counter() - began_s
    if answer["created"] != DOCUMENTS:
        raise SystemExit(f"expected {DOCUMENTS} created documents, got {answer}")
    return took_s


def queries(options: Options) -> Iterator[Row]:
    """An import, then the same filtered query as a scan and through a persistent index."""
    server = _single(options, "queries")
    took_s = _import(server)
    rate = f"{DOCUMENTS / took_s:,.0f}/s in one request"
    yield Row(f"{DOCUMENTS:,} documents imported", "< 5 s", f"{took_s:.2f} s", took_s < 5, rate)

    def seconds(value: int) -> float:
        query = {"query": "FOR d IN big FILTER d.value == @v RETURN d", "bindVars": {"v": value}}
        began_s = time.perf_counter()
        found = server.call("POST", "/_api/cursor", query)["result"]
        if [document["value"] for document in found] != [value]:
            raise SystemExit(f"expected one document with value {value}, got {found}")
        return time.perf_counter() - began_s

    scan_s = statistics.median(seconds(number * 777) for number in range(options.rounds))
    server.call("POST", "/_api/index?collection=big", {"type": "persistent", "fields": ["value"]})
    index_s = statistics.median(seconds(number * 777) for number in range(options.rounds * 20))
    server.close()
    factor = scan_s / index_s
    note = f"scan {scan_s * 1000:.0f} ms, index {index_s * 1000:.2f} ms"
    what = f"filtered query over {DOCUMENTS:,} documents, index against scan"
    yield Row(what, ">= 50 times faster", f"{factor:.0f} times", factor >= 50, note)


MEASURES: dict[str, Callable[[Options], Iterator[Row]]] = {
    "start": start, "cluster": cluster, "memory": memory, "inserts": inserts, "queries": queries,
}  # fmt: skip


def main() -> None:
    """Builds, measures, prints. Fails only when something cannot be measured; missed aims are said in the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each load lasts")
    parser.add_argument("--only", choices=list(MEASURES), action="append", help="measure this only")
    parser.add_argument("--arangod", help="a command line instead of the executable that would be built")
    parser.add_argument("--bazel", default=str(REPOSITORY / "tools/bazel"))
    arguments = parser.parse_args()
    command = shlex.split(arguments.arangod) if arguments.arangod else None
    if command is None:
        subprocess.check_call([arguments.bazel, "build", "//tools/arangod_standin:arangod"], cwd=REPOSITORY)
        command = [str(REPOSITORY / "bazel-bin/tools/arangod_standin/arangod")]
    print(
        f"{arguments.rounds} rounds, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    )
    print("| what | aim | reached | met | note |")
    print("| --- | --- | --- | --- | --- |")
    for name in arguments.only or MEASURES:
        with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
            options = Options(command, Path(scratch), arguments.rounds, arguments.seconds)
            for row in MEASURES[name](options):
                met = "" if not row.aim else "yes" if row.met else "NO"
                print(f"| {row.what} | {row.aim} | {row.reached} | {met} | {row.note} |", flush=True)


if __name__ == "__main__":
    main()
