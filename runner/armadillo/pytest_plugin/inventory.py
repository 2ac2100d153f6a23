"""`Inventory`: the names of everything that a case can make in a deployment, and taking it away again.

System collections and ArangoDB's own task are left out; built-in analyzers are always there. What a version or build
does not have (tasks since 4.0, failure points in release builds, maintenance on a single server) is not asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ..arangodb.blocking_client import BlockingClient, error_of
from ..arangodb.client import url_name
from ..errors import ArangoError, ArangoUnavailableError
from ..model.distribution import ServerFacts

SYSTEM = "_system"
_OWN_TASK = "foxx-queue-manager"
_QUERY_SIGNS = 60


class Place(NamedTuple):
    """A server as far as an inventory needs it; `is_front` for single server and coordinators."""

    name: str
    endpoint: str
    is_front: bool


class Thing(NamedTuple):
    """One thing that is there: its kind and name, and the database or server that it is in."""

    kind: str
    name: str
    database: str = ""
    server: str = ""
    note: str = ""

    def __str__(self) -> str:
        where = f" in {self.database}" if self.database else f" on {self.server}" if self.server else ""
        if self.kind in ("cursor", "transaction"):
            return f"{self.kind} {self.name}{where}{self.note}"
        return f'{self.kind} "{self.name}"{where}{self.note}' if self.name else f"{self.kind}{where}"


KINDS = (
    "cursor", "transaction", "task", "failure point", "read-only mode", "maintenance mode",
    "view", "graph", "collection", "analyzer", "database", "user",
)  # fmt: skip
"""In the order in which they are taken away: nothing is asked to go while another kind still needs it."""


class Inventory:
    """Looks with superuser rights, over one connection to each server that it asks."""

    def __init__(self, facts: ServerFacts, headers: Mapping[str, str], is_cluster: bool) -> None:
        self._facts = facts
        self._headers = headers
        self._is_cluster = is_cluster
        self._clients: dict[str, BlockingClient] = {}

    def take(self, places: Sequence[Place], only_in: Collection[str] | None = None) -> frozenset[Thing]:
        """Everything that is there now; in databases other than `only_in` (None: no other) nothing is looked at.

        Raises `ArangoError` when a server does not answer.
        """
        front = self._front(places)
        names: list[str] = _results(front.get("/_api/database"))
        found = [Thing("database", name) for name in names if name != SYSTEM]
        found += [Thing("user", str(one["user"])) for one in _results(front.get("/_api/user"))]
        databases = [name for name in names if only_in is None or name in only_in]
        for name in databases:
            found += self._inside(front, name)
        for place in places:
            if place.is_front:
                found += self._work(self._client(place.endpoint), databases)
        found += self._modes(front)
        found += self._of_servers(places)
        return frozenset(found)

    def remove(self, things: Iterable[Thing], places: Sequence[Place]) -> dict[Thing, str]:
        """Takes things away; answers for each what became of it, in words. Never raises for a refusal."""
        told: dict[Thing, str] = {}
        left = sorted(things, key=lambda one: (KINDS.index(one.kind), one))
        # Twice: a collection goes only after those that are distributed like it.
        for _ in range(2):
            refused = []
            for thing in left:
                try:
                    told[thing] = self._remove(thing, places)
                except ArangoError as error:
                    told[thing] = f"could not be taken away: {error}"
                    refused.append(thing)
            left = refused
        return told

    def close(self) -> None:
        """Closes all connections."""
        for client in self._clients.values():
            client.close()

    # -- looking ------------------------------------------------------------------------------------------------------
    def _front(self, places: Sequence[Place]) -> BlockingClient:
        for place in places:
            if place.is_front:
                return self._client(place.endpoint)
        raise ArangoUnavailableError(0, 0, "no server that clients may ask is ready", "a look at what is there")

    def _client(self, endpoint: str) -> BlockingClient:
        if endpoint not in self._clients:
            self._clients[endpoint] = BlockingClient(endpoint, self._headers)
        return self._clients[endpoint]

    def _inside(self, front: BlockingClient, database: str) -> list[Thing]:
        root = _root(database)
        collections = _results(front.get(f"{root}/_api/collection?excludeSystem=true"))
        views = _results(front.get(f"{root}/_api/view"))
        graphs = (front.get(f"{root}/_api/gharial") or {}).get("graphs", [])
        # Built-in ones have plain names, those of _system are seen from everywhere.
        analyzers = [
            str(one["name"]).removeprefix(f"{database}::") for one in _results(front.get(f"{root}/_api/analyzer"))
        ]
        return [
            *[Thing("collection", one["name"], database) for one in collections if not one["name"].startswith("_")],
            *[Thing("view", one["name"], database) for one in views],
            *[Thing("graph", str(one.get("_key") or one.get("name")), database) for one in graphs],
            *[Thing("analyzer", name, database) for name in analyzers if "::" not in name],
        ]

    def _work(self, client: BlockingClient, databases: Collection[str]) -> list[Thing]:
        """What runs on for a client. ArangoDB lists a cursor only while its query does: that of a streaming query."""
        found = [
            Thing("cursor", str(one["id"]), one["database"], note=f" of {_short(one.get('query'))}")
            for one in _list(client.get("/_api/query/current?all=true"))
            if one.get("stream") and one.get("database") in databases  # with a dropped database it goes by itself
        ]
        for database in databases:
            transactions = (client.get(f"{_root(database)}/_api/transaction") or {}).get("transactions", [])
            found += [
                Thing("transaction", str(one["id"]), database) for one in transactions if one.get("state") == "running"
            ]
        return found

    def _modes(self, front: BlockingClient) -> list[Thing]:
        found = []
        if (front.get("/_admin/server/mode") or {}).get("mode") == "readonly":
            found.append(Thing("read-only mode", ""))
        if self._is_cluster and (front.get("/_admin/cluster/maintenance") or {}).get("result") == "Maintenance":
            found.append(Thing("maintenance mode", ""))
        return found

    def _of_servers(self, places: Sequence[Place]) -> list[Thing]:
        """Tasks are known to the server that runs them alone, failure points to the one that has them."""
        has_tasks = self._facts.has_v8 and self._facts.version_numbers < (4,)
        found = []
        for place in places:
            client = self._client(place.endpoint)
            if self._facts.has_failure_points:
                names = _list(client.get("/_admin/debug/failat/all"))
                found += [Thing("failure point", str(name), server=place.name) for name in names]
            if has_tasks and place.is_front:
                ids = [str(one["id"]) for one in _list(client.get("/_api/tasks")) if one.get("id") != _OWN_TASK]
                found += [Thing("task", one, server=place.name) for one in ids]
        return found

    # -- taking away --------------------------------------------------------------------------------------------------
    def _remove(self, thing: Thing, places: Sequence[Place]) -> str:
        method, path, body, done = _REMOVALS[thing.kind]
        path = _root(thing.database or SYSTEM) + path.format(url_name(thing.name))
        replies = []
        for place in _whom_to_ask(thing, places):
            reply = self._client(place.endpoint).send(method, path, body)
            if reply.status < 300:
                return done
            replies.append(reply)
        if not [reply for reply in replies if reply.status != 404]:
            return "was gone when it was to be taken away"
        raise next(error_of(reply, f"{method} {path}") for reply in replies if reply.status != 404)


def _whom_to_ask(thing: Thing, places: Sequence[Place]) -> list[Place]:
    """The server that has it; each coordinator where only one of them knows it; else the first."""
    if thing.server:
        return [place for place in places if place.name == thing.server]
    fronts = [place for place in places if place.is_front]
    return fronts if thing.kind in _OF_ONE_COORDINATOR else fronts[:1]


_OF_ONE_COORDINATOR = ("cursor", "transaction")
_REMOVALS: dict[str, tuple[str, str, object, str]] = {
    "cursor": ("DELETE", "/_api/query/{}", None, "its query was killed, the cursor itself goes with its time to live"),
    "transaction": ("DELETE", "/_api/transaction/{}", None, "aborted"),
    "task": ("DELETE", "/_api/tasks/{}", None, "removed"),
    "failure point": ("DELETE", "/_admin/debug/failat/{}", None, "removed"),
    "read-only mode": ("PUT", "/_admin/server/mode", {"mode": "default"}, "switched off"),
    "maintenance mode": ("PUT", "/_admin/cluster/maintenance", "off", "switched off"),
    "view": ("DELETE", "/_api/view/{}", None, "dropped"),
    "graph": ("DELETE", "/_api/gharial/{}?dropCollections=false", None, "dropped"),
    "collection": ("DELETE", "/_api/collection/{}", None, "dropped"),
    "analyzer": ("DELETE", "/_api/analyzer/{}?force=true", None, "removed"),
    "database": ("DELETE", "/_api/database/{}", None, "dropped"),
    "user": ("DELETE", "/_api/user/{}", None, "removed"),
}


def _root(database: str) -> str:
    return "" if database == SYSTEM else f"/_db/{url_name(database)}"


def _results(body: Any) -> list[Any]:
    return _list(body.get("result")) if isinstance(body, dict) else []


def _list(body: Any) -> list[Any]:
    return body if isinstance(body, list) else []


def _short(query: object) -> str:
    text = " ".join(str(query or "").split())
    return text if len(text) <= _QUERY_SIGNS else f"{text[: _QUERY_SIGNS - 1]}…"
