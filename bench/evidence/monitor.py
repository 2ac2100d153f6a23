"""What monitoring costs the runner: eight servers with fifty threads each, sampled by the runner's own monitor.

Run it with the runner and its packages importable, as the tests have them:

    python -m bench.evidence.monitor
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from armadillo.arangodb import http_probe
from armadillo.control import monitor
from armadillo.control.server_watch import ServerWatch
from armadillo.model.policy import Policy
from armadillo.observe.network_counters import NetworkCounters
from armadillo.observe.process_sampler import ProcessSampler, Watched
from armadillo.results.hub import Hub

SERVERS = 8
TICKS = 2000
PROBES = 400
PROBE_INTERVAL_S = monitor.ProbePace().interval_s
SERVER = """
import http.server, os, threading
waiting = threading.Event()
for _ in range(50):
    threading.Thread(target=waiting.wait, daemon=True).start()
files = [open(os.devnull) for _ in range(200)]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


class Cost(NamedTuple):
    """What the monitor takes of one core, in percent, and of the event log."""

    tick_us: float
    """Processor time of one tick of eight servers and the runner: reading, event, log, rules."""
    probe_us: float
    """Processor time of one health probe in the runner."""
    at_1_hz_percent: float
    at_10_hz_percent: float
    log_bytes_per_server_and_tick: float


@contextmanager
def servers() -> Iterator[list[tuple[int, int]]]:
    """Pids and ports of processes as big as an idle arangod, as /proc sees it."""
    started = [
        subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True, start_new_session=True)
        for _ in range(SERVERS)
    ]
    try:
        yield [(one.pid, int(one.stdout.readline())) for one in started if one.stdout is not None]
    finally:
        for one in started:
            os.killpg(one.pid, signal.SIGKILL)
            one.communicate()


def measure() -> Cost:
    """Ticks and probes without the pauses between them, in processor time of this process."""
    return asyncio.run(_measure())


async def _measure() -> Cost:
    with servers() as running, tempfile.TemporaryDirectory() as directory:
        tick_us, log_bytes = _cost_of_tick([pid for pid, _ in running], directory)
        probe_us = await _cost_of_probe(running[0][1])
    probing_percent = probe_us * SERVERS / PROBE_INTERVAL_S / 1e6 * 100
    return Cost(
        tick_us=tick_us,
        probe_us=probe_us,
        at_1_hz_percent=tick_us / 1e6 * 100 + probing_percent,
        at_10_hz_percent=tick_us * 10 / 1e6 * 100 + probing_percent,
        log_bytes_per_server_and_tick=log_bytes / SERVERS,
    )


def _cost_of_tick(pids: list[int], directory: str) -> tuple[float, float]:
    """Microseconds and bytes; the family of processes is looked at every five seconds of ticks at 1 Hz."""
    hub = Hub(directory, str(Path(directory, "test.xml")), live_xml=False)
    sampler, network = ProcessSampler(), NetworkCounters()
    watched = [Watched(f"coordinator-{number}", 1, pid) for number, pid in enumerate(pids, 1)]
    watched.append(Watched(monitor.RUNNER, 1, os.getpid(), alone=True))
    watches = [ServerWatch(one.name, Policy()) for one in watched]
    began_s = time.process_time()
    for tick in range(TICKS):
        usages = sampler.sample(watched, float(tick))
        hub.publish(monitor.sample_event(usages, network))
        for usage, watch in zip(usages, watches, strict=True):
            watch.sampled(usage, float(tick), True, True)
    used_s = time.process_time() - began_s
    sampler.close()
    network.close()
    return used_s / TICKS * 1e6, Path(directory, "events.binpb").stat().st_size / TICKS


async def _cost_of_probe(port: int) -> float:
    """Microseconds, with the way into a thread and back."""
    began_s = time.process_time()
    for _ in range(PROBES):
        await asyncio.to_thread(http_probe.get, f"http://127.0.0.1:{port}", "/_admin/server/availability", {}, 2.0)
    return (time.process_time() - began_s) / PROBES * 1e6


if __name__ == "__main__":
    for name, value in measure()._asdict().items():
        print(f"{name}: {value:.3f}")
