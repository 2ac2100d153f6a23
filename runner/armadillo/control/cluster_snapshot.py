"""What servers and cluster say of themselves when a run has gone wrong: files in ``snapshot/`` and one line.

Taken while servers still answer: after the last case, or when a deadline has passed and before anything is suspended.
Everything has a time limit and a cap; what could not be had is said in the file's place.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from armadillo_api.v1 import result_pb2

from ..arangodb.blocking_client import BlockingClient, Reply
from ..arangodb.client import url_name
from ..arangodb.idleness import METRICS_PATH
from ..arangodb.jwt import superuser_token
from ..errors import ArangoError
from ..model.role import Role
from ..observe.agency_view import servers_not_good, shard_differences, unfinished_jobs, when_all_is_well
from ..results.hub import Hub
from .running_deployment import RunningDeployment
from .running_server import RunningServer, State

DIRECTORY = "snapshot"
BUDGET_S = 8.0
METRICS_CAP_BYTES = 1 << 20
FILE_CAP_BYTES = 8 << 20
_READ_CAP_BYTES = 64 << 20
_REQUEST_TIMEOUT_S = 2.0
_MOST_DATABASES = 20
_MOST_TOLD = 2
_PRETTY_BYTES = 1 << 20


class ClusterSnapshot:
    """One for a run; nothing in it raises for what a server does or does not answer."""

    def __init__(self, deployment: RunningDeployment, hub: Hub, outputs_directory: str) -> None:
        self._deployment = deployment
        self._hub = hub
        self._directory = os.path.join(outputs_directory, DIRECTORY)
        self._metrics_before: dict[str, bytes] = {}

    async def remember_metrics(self) -> None:
        """To be called when the deployment is ready: the metrics that those of a failed run are compared with."""
        for server in self._living():
            self._metrics_before[server.name] = await asyncio.to_thread(self._metrics_of, server)

    async def look(self, budget_s: float = BUDGET_S) -> list[result_pb2.Finding]:
        """Takes the snapshot and notes its summary; a check of the gate, which finds nothing by itself."""
        steps: Sequence[Awaitable[str]] = (self._ask_agency(), self._ask_servers(), self._ask_cluster())
        tasks = [asyncio.ensure_future(step) for step in steps]
        done, late = await asyncio.wait(tasks, timeout=budget_s)
        for task in late:
            task.cancel()
        told = [text for task in tasks if task in done if (text := _result_of(task))]
        if late:
            told.append(f"it took more than {budget_s:g} s and is not complete")
        if told:
            self._hub.publish(result_pb2.Event(note=result_pb2.Note(text=f"snapshot: {'; '.join(told)}")))
        return []

    # -- agency -------------------------------------------------------------------------------------------------------
    async def _ask_agency(self) -> str:
        """The tree as its leader has it; without a leader as an agent has it."""
        agents = [server for server in self._living() if server.plan.role is Role.AGENT]
        if not agents:
            return ""
        return await asyncio.to_thread(self._read_agency, agents)

    def _read_agency(self, agents: Sequence[RunningServer]) -> str:
        configurations: dict[str, Any] = {}
        for agent in agents:
            configurations[agent.name] = self._answer(agent, "GET", "/_api/agency/config")
        self._write_json("agents.json", configurations)
        for agent in sorted(agents, key=lambda one: not _leads(configurations[one.name])):
            answer = self._answer(agent, "POST", "/_api/agency/read", [["/arango"]])
            if isinstance(answer, list) and answer and isinstance(answer[0], dict):
                return self._tell_agency(answer[0].get("arango", {}), "")
        for agent in agents:
            stores = self._answer(agent, "GET", "/_api/agency/stores")
            if isinstance(stores, dict) and "read_db" in stores:
                tree = stores["read_db"][0] if isinstance(stores["read_db"], list) else stores["read_db"]
                return self._tell_agency(
                    tree.get("arango", {}), f"the agency has no leader, this is {agent.name}'s tree"
                )
        return "no agent told the agency's tree"

    def _tell_agency(self, arango: dict[str, Any], remark: str) -> str:
        self._write_json("agency.json", {"arango": arango})
        shards, servers, jobs = shard_differences(arango), servers_not_good(arango), unfinished_jobs(arango)
        shards_are_well, servers_are_well = when_all_is_well(arango)
        lines = [
            *([remark] if remark else []),
            *(shards or [shards_are_well]),
            *(servers or [servers_are_well]),
            *jobs,
        ]
        self._write("differences.txt", "\n".join(lines).encode() + b"\n")
        told = [remark] if remark else []
        if shards:
            more = f" and {len(shards) - 1} more" if len(shards) > 1 else ""
            told.append(f"Plan and Current differ for {shards[0]}{more}")
        if servers:
            more = f" and {len(servers) - _MOST_TOLD} more" if len(servers) > _MOST_TOLD else ""
            told.append(f"supervision says that {', '.join(servers[:_MOST_TOLD])}{more}")
        return "; ".join(told) or f"{shards_are_well}, {servers_are_well}"

    # -- servers ------------------------------------------------------------------------------------------------------
    async def _ask_servers(self) -> str:
        servers = self._living()
        found = await asyncio.gather(*[asyncio.to_thread(self._ask_server, server) for server in servers])
        statuses = {server.name: status for server, status in zip(servers, found, strict=True)}
        for server in self._deployment.servers.values():
            statuses.setdefault(server.name, f"not asked: it is {server.state.value.lower()}")
        await asyncio.to_thread(self._write_json, "status.json", statuses)
        silent = [name for name, status in statuses.items() if isinstance(status, str)]
        return f"no status of {', '.join(silent)}" if silent else ""

    def _ask_server(self, server: RunningServer) -> Any:
        status = self._answer(server, "GET", "/_admin/status")
        if isinstance(status, str):
            return status
        before = self._metrics_before.get(server.name, b"")
        for when, page in (("before", before), ("after", self._metrics_of(server))):
            if page:
                self._write(f"metrics/{server.name}.{when}.txt", page, METRICS_CAP_BYTES)
        return status

    def _metrics_of(self, server: RunningServer) -> bytes:
        reply = self._send(server, "GET", METRICS_PATH, most_bytes=METRICS_CAP_BYTES + 1)
        return reply.content if isinstance(reply, Reply) and reply.status == 200 else b""

    # -- coordinators -------------------------------------------------------------------------------------------------
    async def _ask_cluster(self) -> str:
        coordinators = [server for server in self._living() if server.plan.role is Role.COORDINATOR]
        if not coordinators:
            return ""
        return await asyncio.to_thread(self._read_cluster, coordinators)

    def _read_cluster(self, coordinators: Sequence[RunningServer]) -> str:
        for coordinator in coordinators:
            health = self._answer(coordinator, "GET", "/_admin/cluster/health")
            if isinstance(health, str):
                continue
            self._write_json("health.json", health)
            databases = self._answer(coordinator, "GET", "/_api/database")
            names = databases.get("result", []) if isinstance(databases, dict) else []
            distribution = {
                name: self._answer(coordinator, "GET", f"/_db/{url_name(name)}/_admin/cluster/shardDistribution")
                for name in names[:_MOST_DATABASES]
            }
            for name in names[_MOST_DATABASES:]:
                distribution[name] = f"not asked: more than {_MOST_DATABASES} databases"
            self._write_json("shard_distribution.json", distribution)
            return ""
        return "no coordinator answers"

    # -- asking and writing -------------------------------------------------------------------------------------------
    def _living(self) -> list[RunningServer]:
        return [
            server
            for server in self._deployment.servers.values()
            if server.is_alive and server.state is not State.SUSPENDED
        ]

    def _answer(self, server: RunningServer, method: str, path: str, body: object = None) -> Any:
        """The JSON that a server answers; a text that says why there is none."""
        reply = self._send(server, method, path, body)
        if isinstance(reply, str):
            return reply
        if reply.status >= 300 or reply.body is None:
            return f"HTTP {reply.status} for {method} {path}: {reply.content[:200].decode(errors='replace')}"
        return reply.body

    def _send(
        self, server: RunningServer, method: str, path: str, body: object = None, most_bytes: int = _READ_CAP_BYTES
    ) -> Reply | str:
        secret = self._deployment.jwt_secret
        headers = {"Authorization": f"bearer {superuser_token(secret)}"} if secret else {}
        client = BlockingClient(server.plan.http_endpoint, headers, _REQUEST_TIMEOUT_S)
        try:
            return client.send(method, path, body, most_bytes=most_bytes)
        except ArangoError as error:
            return str(error)
        finally:
            client.close()

    def _write_json(self, name: str, value: Any) -> None:
        content = json.dumps(value, default=str)
        if len(content) < _PRETTY_BYTES:
            content = json.dumps(value, indent=1, default=str)
        self._write(name, content.encode() + b"\n")

    def _write(self, name: str, content: bytes, cap_bytes: int = FILE_CAP_BYTES) -> None:
        if len(content) > cap_bytes:
            content = content[:cap_bytes] + b"\n--- truncated: %d bytes are the most that is kept\n" % cap_bytes
        path = Path(self._directory, name)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def _leads(configuration: Any) -> bool:
    """Whether an agent says that it is the leader itself."""
    if not isinstance(configuration, dict):
        return False
    own = configuration.get("configuration")
    return isinstance(own, dict) and bool(own.get("id")) and own.get("id") == configuration.get("leaderId")


def _result_of(task: asyncio.Future[str]) -> str:
    error = task.exception()
    return task.result() if error is None else f"a part of it broke: {type(error).__name__}: {error}"
