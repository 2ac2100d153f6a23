"""What a team writes by hand: start arangod with subprocess, poll until it answers, terminate it.

Deliberately without any part of Armadillo. It starts the same processes with the same options in the order of
ArangoDB's manual start, spawns the servers of one role side by side, and polls every 10 ms.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

SECRET = "0123456789abcdef" * 4
POLL_S = 0.01
START_TIMEOUT_S = 60.0


def token() -> str:
    """A superuser JWT."""

    def encode(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    head = encode(b'{"alg":"HS256","typ":"JWT"}') + "." + encode(b'{"iss":"arangodb","server_id":"bench"}')
    return head + "." + encode(hmac.new(SECRET.encode(), head.encode(), hashlib.sha256).digest())


def get(address: str, path: str) -> tuple[int, Mapping[str, object]]:
    """One GET; status 0 when nobody answers."""
    connection = http.client.HTTPConnection(address, 8529, timeout=5)
    try:
        connection.request("GET", path, headers={"Authorization": f"bearer {token()}"})
        response = connection.getresponse()
        body = json.loads(response.read() or b"{}")
        return response.status, body
    except OSError:
        return 0, {}
    finally:
        connection.close()


def wait_for(what: str, condition: Callable[[], bool]) -> None:
    """Polls a condition."""
    end_s = time.monotonic() + START_TIMEOUT_S
    while not condition():
        if time.monotonic() > end_s:
            raise TimeoutError(what)
        time.sleep(POLL_S)


class PlainServers:
    """The processes of one deployment on 127.250.0.x."""

    def __init__(self, arangod: str, directory: Path) -> None:
        self.arangod = arangod
        self.directory = directory
        self.secret_path = directory / "jwt"
        self.secret_path.write_text(SECRET)
        self.processes: list[tuple[str, subprocess.Popen[bytes]]] = []

    def spawn(self, role: str, address: str, *options: str) -> None:
        """Starts one server."""
        home = self.directory / address
        (home / "tmp").mkdir(parents=True)
        argv = [
            self.arangod, "--configuration", "none", "--server.endpoint", f"tcp://{address}:8529",
            "--database.directory", str(home / "data"), "--temp.path", str(home / "tmp"),
            "--log.file", str(home / "arangod.log"), "--server.authentication", "true",
            "--server.jwt-secret-keyfile", str(self.secret_path), "--server.descriptors-minimum", "0", *options,
        ]  # fmt: skip
        with open(home / "output.log", "wb") as output:
            self.processes.append((role, subprocess.Popen(argv, cwd=home, stdout=output, stderr=output)))

    def start_single(self) -> str:
        """A single server; answers its address when it is ready."""
        address = "127.250.0.1"
        self.spawn("single", address)
        wait_for("single server", lambda: get(address, "/_api/version")[0] == 200)
        wait_for("availability", lambda: get(address, "/_admin/server/availability")[0] == 200)
        return address

    def start_cluster(self, agents: int, dbservers: int, coordinators: int) -> str:
        """A cluster; answers a coordinator's address when all servers are GOOD."""
        addresses = [f"127.250.0.{number}" for number in range(1, agents + dbservers + coordinators + 1)]
        of_agents, others = addresses[:agents], addresses[agents:]
        of_dbservers, of_coordinators = others[:dbservers], others[dbservers:]
        endpoints = [word for a in of_agents for word in ("--agency.endpoint", f"tcp://{a}:8529")]
        for address in of_agents:
            self.spawn(
                "agent", address, "--agency.activate", "true", "--agency.size", str(agents), "--agency.supervision",
                "true", "--agency.wait-for-sync", "false", "--agency.my-address", f"tcp://{address}:8529", *endpoints,
            )  # fmt: skip
        wait_for("agency leader", lambda: self._agency_has_leader(of_agents))
        agency = [word for a in of_agents for word in ("--cluster.agency-endpoint", f"tcp://{a}:8529")]
        for role, members in (("PRIMARY", of_dbservers), ("COORDINATOR", of_coordinators)):
            for address in members:
                self.spawn(
                    role, address, "--cluster.my-role", role, "--cluster.my-address", f"tcp://{address}:8529",
                    "--cluster.create-waits-for-sync-replication", "false", *agency,
                )  # fmt: skip
        for address in others:
            wait_for(address, lambda a=address: get(a, "/_api/version")[0] == 200)  # type: ignore[misc]
            wait_for(address, lambda a=address: get(a, "/_admin/server/availability")[0] == 200)  # type: ignore[misc]
        wait_for("health", lambda: self._all_good(of_coordinators[0], len(addresses)))
        return of_coordinators[0]

    @staticmethod
    def _agency_has_leader(agents: list[str]) -> bool:
        answers = [get(address, "/_api/agency/config")[1] for address in agents]
        leaders = {answer.get("leaderId") or "" for answer in answers}
        return len(leaders) == 1 and "" not in leaders and any("lastAcked" in answer for answer in answers)

    @staticmethod
    def _all_good(coordinator: str, count: int) -> bool:
        health = get(coordinator, "/_admin/cluster/health")[1].get("Health", {})
        assert isinstance(health, dict)
        return len(health) == count and all(entry["Status"] == "GOOD" for entry in health.values())

    def stop(self) -> None:
        """SIGTERM in role order, and waits."""
        for roles in (("single", "COORDINATOR"), ("PRIMARY",), ("agent",)):
            living = [process for role, process in self.processes if role in roles]
            for process in living:
                os.kill(process.pid, signal.SIGTERM)
            for process in living:
                process.wait()
