"""A cluster of stand-in processes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.framework.standin.support.standin_server import Answer, StandinServer, free_port, wait_until

# Failure detection in seconds, so that tests need not wait for ArangoDB's ten.
QUICK_SUPERVISION = (
    *("--agency.supervision-grace-period", "3", "--agency.supervision-ok-threshold", "1.5"),
    *("--agency.supervision-frequency", "0.25", "--agency.election-timeout-min", "1"),
    *("--agency.election-timeout-max", "2"),
)


class StandinCluster:
    """Agents, dbservers and coordinators; `close` ends all of them."""

    def __init__(
        self,
        folder: Path,
        *,
        agents: int = 3,
        dbservers: int = 3,
        coordinators: int = 2,
        agent_options: tuple[str, ...] = (),
        dbserver_options: tuple[str, ...] = (),
        coordinator_options: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        ports = [free_port() for _ in range(agents)]
        self._agency = [f"tcp://127.0.0.1:{port}" for port in ports]
        known = tuple(word for endpoint in self._agency for word in ("--agency.endpoint", endpoint))
        self.agents = [
            StandinServer(
                folder / f"agent{number}",
                *("--agency.activate", "true", "--agency.size", str(agents), "--agency.supervision", "true"),
                *("--agency.my-address", f"tcp://127.0.0.1:{port}", "--agency.wait-for-sync", "false"),
                *known,
                *QUICK_SUPERVISION,
                *agent_options,
                port=port,
            )
            for number, port in enumerate(ports)
        ]
        self.dbservers = [
            self.make_member("PRIMARY", f"dbserver{number}", *dbserver_options) for number in range(dbservers)
        ]
        self.coordinators = [
            self.make_member("COORDINATOR", f"coordinator{number}", *coordinator_options)
            for number in range(coordinators)
        ]

    def make_member(self, role: str, name: str, *options: str) -> StandinServer:
        """Return a dbserver or coordinator that is not yet started."""
        port = free_port()
        known = tuple(word for endpoint in self._agency for word in ("--cluster.agency-endpoint", endpoint))
        return StandinServer(
            self.folder / name,
            *("--cluster.my-role", role, "--cluster.my-address", f"tcp://127.0.0.1:{port}"),
            *("--cluster.default-replication-factor", "2", "--standin.replication-timeout-s", "2", *known),
            *options,
            port=port,
        )

    @property
    def members(self) -> list[StandinServer]:
        """All servers, agents first."""
        return [*self.agents, *self.dbservers, *self.coordinators]

    @property
    def front(self) -> StandinServer:
        """The first coordinator."""
        return self.coordinators[0]

    def start(self) -> StandinCluster:
        """Start all servers at once and wait until the cluster is healthy."""
        for server in self.members:
            server.start()
        for server in self.coordinators:
            server.wait_available()
        self.wait_good()
        return self

    def close(self) -> None:
        """End all servers."""
        for server in reversed(self.members):
            server.close()

    # -- looking -----------------------------------------------------------------------------------------------------
    def health(self) -> dict[str, Any]:
        """Return the health records by server id, empty when no answer came."""
        answer = self.front.call("GET", "/_admin/cluster/health")
        return dict(answer.body["Health"]) if answer.status == 200 else {}

    def wait_good(self, count: int | None = None, timeout_s: float = 30.0) -> None:
        """Wait until all servers are there and GOOD."""

        health: dict[str, Any] = {}

        def good() -> bool:
            nonlocal health
            for server in self.members:
                server.check_alive()
            health = self.health()
            return len(health) == (count or len(self.members)) and all(h["Status"] == "GOOD" for h in health.values())

        try:
            wait_until(good, "all servers GOOD", timeout_s)
        except AssertionError as error:
            shown = {record["Endpoint"]: record["Status"] for record in health.values()}
            raise AssertionError(f"{error}; last seen: {shown}; agency: {self._leaders()}") from None

    def _leaders(self) -> list[Any]:
        configs = [agent.call("GET", "/_api/agency/config").body for agent in self.agents]
        return [config.get("leaderId") if isinstance(config, dict) else config for config in configs]

    def server_of(self, short_name: str) -> StandinServer:
        """Return the process behind a short name such as DBServer0001."""
        endpoint = next(h["Endpoint"] for h in self.health().values() if h.get("ShortName") == short_name)
        return next(server for server in self.members if server.endpoint == endpoint)

    def distribution(self, collection: str) -> dict[str, Any]:
        """Return Plan and Current of a collection's shards."""
        answer = self.front.call("GET", "/_admin/cluster/shardDistribution")
        assert answer.status == 200, answer
        return dict(answer.body["results"][collection])

    def shard(self, collection: str) -> tuple[str, str, list[str]]:
        """Return name, leader and followers (short names) of a collection's only shard, as planned."""
        ((name, plan),) = self.distribution(collection)["Plan"].items()
        return name, plan["leader"], plan["followers"]

    def in_sync(self, collection: str) -> bool:
        """Say whether every shard's current servers are the planned ones."""
        found = self.distribution(collection)
        return all(
            found["Current"][name]["leader"] == plan["leader"]
            and set(found["Current"][name]["followers"]) == set(plan["followers"])
            for name, plan in found["Plan"].items()
        )

    def wait_in_sync(self, collection: str, timeout_s: float = 30.0) -> None:
        """Wait until every shard's current servers are the planned ones."""
        wait_until(lambda: self.in_sync(collection), f"{collection} in sync", timeout_s)

    # -- doing -------------------------------------------------------------------------------------------------------
    def create(self, name: str, **properties: Any) -> None:
        """Create a collection."""
        answer = self.front.call("POST", "/_api/collection", {"name": name, **properties})
        assert answer.status == 200, answer

    def insert(self, collection: str, key: str) -> Answer:
        """Insert one document through the first coordinator."""
        return self.front.call("POST", f"/_api/document/{collection}", {"_key": key})

    def keys(self, collection: str) -> set[str]:
        """Return the keys of all documents."""
        return set(self.front.aql("FOR d IN @@c RETURN d._key", **{"@c": collection}))

    def job(self, path: str, body: dict[str, Any]) -> str:
        """Run a job of the supervision to its end and return Finished or Failed."""
        answer = self.front.call("POST", path, body)
        assert answer.status == 202, answer
        state = ""

        def ended() -> bool:
            nonlocal state
            state = self.front.call("GET", f"/_admin/cluster/queryAgencyJob?id={answer.body['id']}").body.get(
                "status", ""
            )
            return state in ("Finished", "Failed")

        wait_until(ended, f"job {path} ended")
        return state
