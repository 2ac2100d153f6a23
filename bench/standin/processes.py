"""Servers for the measurements: processes of their own, plain HTTP to them, their memory and their CPU time."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

AUTHORIZATION = "Basic cm9vdDo="
_ROOT_OPTIONS = ["--configuration", "none", "--server.descriptors-minimum", "0"]


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def exchange(port: int, method: str, path: str, body: bytes = b"", timeout_s: float = 120.0) -> tuple[int, bytes]:
    """One request on a connection of its own; answers with status and body. Raises OSError when nobody listens."""
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {AUTHORIZATION}\r\nConnection: close\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=timeout_s) as link:
        link.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        parts = []
        while data := link.recv(1 << 20):
            parts.append(data)
    answer = b"".join(parts)
    status, _, content = answer.partition(b"\r\n\r\n")
    if not status.startswith(b"HTTP/1.1 "):
        raise ConnectionResetError("no answer")
    return int(status[9:12]), content


class Server:
    """One arangod; `close` ends it and waits for its end."""

    def __init__(self, command: list[str], folder: Path, *options: str) -> None:
        self.port = free_port()
        self.folder = folder
        self._command = [*command, *_ROOT_OPTIONS, "--server.endpoint", f"tcp://127.0.0.1:{self.port}"]
        self._command += ["--database.directory", str(folder / "data"), "--log.file", str(folder / "log"), *options]
        self.process: subprocess.Popen[bytes] | None = None
        self.began_s = 0.0
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def endpoint(self) -> str:
        """The endpoint as options spell it."""
        return f"tcp://127.0.0.1:{self.port}"

    def add_options(self, *options: str) -> None:
        """Append options, which may name other servers' ports."""
        self._command += options

    def start(self) -> Server:
        """Start the process; `began_s` is the time before."""
        self.began_s = time.perf_counter()
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        return self

    def wait(self, path: str, timeout_s: float = 30.0) -> float:
        """Return the seconds from the start to the first 200 of a path."""
        while time.perf_counter() - self.began_s < timeout_s:
            try:
                if exchange(self.port, "GET", path)[0] == 200:
                    return time.perf_counter() - self.began_s
            except OSError:
                pass
            time.sleep(0.0005)
        raise SystemExit(f"{self.endpoint}{path} did not answer 200 within {timeout_s} s; see {self.folder / 'log'}")

    def call(self, method: str, path: str, value: object = None) -> Any:
        """Send JSON; return the decoded answer; an error ends the program."""
        body = b"" if value is None else value if isinstance(value, bytes) else json.dumps(value).encode()
        status, content = exchange(self.port, method, path, body)
        if status >= 400:
            raise SystemExit(f"{method} {path}: {status} {content[:500]!r}")
        return json.loads(content)

    @property
    def pid(self) -> int:
        """The process id."""
        assert self.process is not None
        return self.process.pid

    def cpu_s(self) -> float:
        """CPU seconds used so far by all threads."""
        threads = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    def memory_mib(self) -> tuple[float, float]:
        """Resident and proportional set size in MiB."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines()
        kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
        return kib["Rss"] / 1024, kib["Pss"] / 1024

    def close(self) -> None:
        """End the process."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


class Cluster:
    """3 agents, 3 dbservers and 2 coordinators, all started at once."""

    def __init__(self, command: list[str], folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "jwt").write_text("a-secret-for-benches")
        common = ["--server.jwt-secret-keyfile", str(folder / "jwt"), *options]
        self.agents = [Server(command, folder / f"agent{n}", *common) for n in range(3)]
        self.dbservers = [Server(command, folder / f"dbserver{n}", *common) for n in range(3)]
        self.coordinators = [Server(command, folder / f"coordinator{n}", *common) for n in range(2)]
        for agent in self.agents:
            agent.add_options("--agency.activate", "true", "--agency.size", "3", "--agency.supervision", "true")
            agent.add_options("--agency.my-address", agent.endpoint)
            for other in self.agents:
                agent.add_options("--agency.endpoint", other.endpoint)
        for role, servers in (("DBSERVER", self.dbservers), ("COORDINATOR", self.coordinators)):
            for server in servers:
                server.add_options("--cluster.my-role", role, "--cluster.my-address", server.endpoint)
                for agent in self.agents:
                    server.add_options("--cluster.agency-endpoint", agent.endpoint)

    @property
    def servers(self) -> list[Server]:
        """All servers in the order of their start."""
        return [*self.agents, *self.dbservers, *self.coordinators]

    def start(self) -> float:
        """Start all; return the seconds until both coordinators are available and see all servers GOOD."""
        began_s = time.perf_counter()
        for server in self.servers:
            server.start()
        for coordinator in self.coordinators:
            coordinator.wait("/_admin/server/availability")
        while True:
            health = self.coordinators[0].call("GET", "/_admin/cluster/health")["Health"]
            if len(health) == len(self.servers) and all(record["Status"] == "GOOD" for record in health.values()):
                return time.perf_counter() - began_s
            time.sleep(0.002)

    def close(self) -> None:
        """End all servers."""
        for server in self.servers:
            server.close()
