"""The agency's HTTP API: read, write, transact, transient, config, state, poll.

A follower answers 307 with the leader's address, an agent that knows no leader 503, a failed precondition is 412.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, json_response
from .node import NotLeader
from .tree import AgencyTree

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request
    from .node import RaftNode
    from .supervision import Supervision

_LEADER_WAIT_S = 1.0
_POLL_DEFAULT_S = 60.0


class AgencyApi:
    """Handlers below ``/_api/agency`` and the agents' own traffic below ``/_api/agency_priv``."""

    def __init__(self, context: ServerContext, node: RaftNode, supervision: Supervision) -> None:
        self._context = context
        self._node = node
        self._supervision = supervision
        self.transient = AgencyTree()
        add = context.router.add
        add("POST", "/_api/agency/read", self.read)
        add("POST", "/_api/agency/write", self.write)
        add("POST", "/_api/agency/transact", self.transact)
        add("POST", "/_api/agency/transient", self.transient_write)
        add("POST", "/_api/agency/inquire", self.inquire)
        add("GET", "/_api/agency/config", self.config)
        add("GET", "/_api/agency/state", self.state)
        add("GET", "/_api/agency/stores", self.stores)
        add("GET POST", "/_api/agency/poll", self.poll)
        add("POST", "/_api/agency_priv/raft", self.raft)
        add("GET", "/_internal/health", self.health)

    async def _redirected(self, request: Request, *, confirmed: bool = False) -> Response | None:
        """Return the answer of an agent that does not lead, None when it leads.

        A read must be `confirmed`: a majority says that nobody else was elected meanwhile. Writes are certain by
        themselves, and a poll may lag.
        """
        node = self._node
        if node.leader_endpoint is None:
            await node.wait_leader_known(_LEADER_WAIT_S)
        if node.leading and (not confirmed or await node.confirm_lead(_LEADER_WAIT_S)):
            return None
        leader = node.leader_endpoint
        if leader is None or leader == node.me:
            return json_response(503, {"error": True, "code": 503, "errorNum": 503, "message": "No leader",
                                       "errorMessage": "No leader"})  # fmt: skip
        location = leader.replace("tcp://", "http://") + request.target
        headers = [("Location", location), ("X-Arango-Endpoint", leader)]
        return json_response(307, {"message": "Redirecting to leader"}, headers)

    @staticmethod
    def _list(request: Request) -> list[Any]:
        body = request.json()
        if not isinstance(body, list):
            raise ArangoError(errors.BAD_PARAMETER, "expecting an array of transactions")
        return body

    async def read(self, request: Request) -> Response:
        """POST /_api/agency/read with ``[["/path", ...], ...]``."""
        if (answer := await self._redirected(request, confirmed=True)) is not None:
            return answer
        queries = self._list(request)
        if not all(isinstance(query, list) and all(isinstance(path, str) for path in query) for query in queries):
            raise ArangoError(errors.BAD_PARAMETER, "expecting arrays of paths")
        return json_response(200, [self._node.tree.read(query) for query in queries])

    async def _write_one(self, transaction: Any) -> int:
        if not isinstance(transaction, list) or not transaction or not isinstance(transaction[0], dict):
            raise ArangoError(errors.BAD_PARAMETER, "expecting [{operations}, {preconditions}, clientId]")
        try:
            return await self._node.write(transaction)
        except NotLeader:
            raise ArangoError(
                errors.HTTP_SERVICE_UNAVAILABLE, "leadership was lost before the write was committed"
            ) from None

    async def write(self, request: Request) -> Response:
        """POST /_api/agency/write."""
        if (answer := await self._redirected(request)) is not None:
            return answer
        results = [await self._write_one(transaction) for transaction in self._list(request)]
        status = 412 if 0 in results else 200
        return json_response(status, {"results": results, "commitIndex": self._node.core.last_applied})

    async def transact(self, request: Request) -> Response:
        """POST /_api/agency/transact: reads and writes in one request, one after the other."""
        if (answer := await self._redirected(request, confirmed=True)) is not None:
            return answer
        results: list[Any] = []
        for item in self._list(request):
            if isinstance(item, list) and item and isinstance(item[0], str):
                results.append(self._node.tree.read(item))
            else:
                results.append(await self._write_one(item))
        return json_response(412 if 0 in results else 200, results)

    async def transient_write(self, request: Request) -> Response:
        """POST /_api/agency/transient: writes the leader keeps in memory only; server states are heartbeats."""
        if (answer := await self._redirected(request)) is not None:
            return answer
        results = []
        for transaction in self._list(request):
            results.append(self.transient.apply(transaction, 1))
            prefix = "/arango/Sync/ServerStates/"
            for path in transaction[0]:
                if path.startswith(prefix):
                    self._supervision.heartbeat(path[len(prefix) :])
        return json_response(200, {"results": results})

    async def inquire(self, request: Request) -> Response:
        """POST /_api/agency/inquire with client ids: the results of their transactions, 404 when one is not known."""
        if (answer := await self._redirected(request, confirmed=True)) is not None:
            return answer
        clients = [item for entry in self._list(request) for item in (entry if isinstance(entry, list) else [entry])]
        if not clients or not all(isinstance(client, str) for client in clients):
            raise ArangoError(errors.BAD_PARAMETER, "expecting an array of client ids")
        results = [self._node.tree.result_of(client) for client in clients]
        status = 404 if None in results else 200
        return json_response(status, {"results": [result or 0 for result in results], "inquired": True})

    # -- state -------------------------------------------------------------------------------------------------------
    def _agent_id(self, endpoint: str | None) -> str:
        return self._node.peer_ids.get(endpoint, "") if endpoint is not None else ""

    def _last_acked(self) -> dict[str, Any]:
        node, core = self._node, self._node.core
        if core.role != "LEADER":
            return {}
        now = time.monotonic()
        acked = {self._context.server_id: {"lastAckedTime": 0.0, "lastAckedIndex": node.log.last_index}}
        for peer in core.peers:
            if self._agent_id(peer) and core.match.get(peer):
                acked[self._agent_id(peer)] = {
                    "lastAckedTime": max(now - core.contact_s[peer], 0.0),
                    "lastAckedIndex": core.match[peer],
                }
        return acked

    def leader_id(self) -> str:
        """Return the id of the leading agent, empty while there is none."""
        core = self._node.core
        if core.role == "LEADER" and not self._node.leading:
            return ""
        return self._agent_id(core.leader)

    async def config(self, request: Request) -> Response:
        """GET /_api/agency/config."""
        node, core, settings = self._node, self._node.core, self._context.settings
        endpoints = [node.me, *core.peers]
        pool = {self._agent_id(endpoint): endpoint for endpoint in endpoints if self._agent_id(endpoint)}
        body = {
            "term": node.log.term,
            "leaderId": self.leader_id(),
            "commitIndex": core.commit_index,
            "lastCompactionAt": node.log.snapshot_index,
            "nextCompactionAfter": node.log.snapshot_index + settings.integer("agency.compaction-step-size", 1000),
            "lastAcked": self._last_acked(),
            "configuration": {
                "pool": pool,
                "active": sorted(pool),
                "id": self._context.server_id,
                "agency size": len(endpoints),
                "pool size": len(endpoints),
                "endpoint": node.me,
                "min ping": core.timing.minimum_s,
                "max ping": core.timing.maximum_s,
                "timeoutMult": 1,
                "supervision": settings.boolean("agency.supervision", False),
                "supervision frequency": settings.number("agency.supervision-frequency", 1.0),
                "supervision grace period": settings.number("agency.supervision-grace-period", 10.0),
                "supervision ok threshold": settings.number("agency.supervision-ok-threshold", 5.0),
                "compaction step size": settings.integer("agency.compaction-step-size", 1000),
                "compaction keep size": settings.integer("agency.compaction-keep-size", 50000),
                "version": 0,
                "startup": "origin",
            },
            "engine": "rocksdb",
            "version": settings.arangodb_version,
            "standin": "arangod-standin",
        }
        return json_response(200, body)

    async def state(self, request: Request) -> Response:
        """GET /_api/agency/state: the log since the newest snapshot."""
        log = self._node.log
        entries = log.entries_from(log.snapshot_index + 1, 10_000)
        shown = [{"index": log.snapshot_index + 1 + offset, "term": term, "query": payload}
                 for offset, (term, payload) in enumerate(entries)]  # fmt: skip
        return json_response(200, {"current": log.term, "log": shown})

    async def stores(self, request: Request) -> Response:
        """GET /_api/agency/stores."""
        return json_response(200, {"spearhead": self._node.tree.root, "read_db": self._node.tree.root,
                                   "transient": self.transient.root})  # fmt: skip

    async def poll(self, request: Request) -> Response:
        """GET /_api/agency/poll ?index&timeout: entries after `index`, or the whole tree when they are gone."""
        if (answer := await self._redirected(request)) is not None:
            return answer
        try:
            after = int(request.parameters.get("index", "0"))
            timeout_s = min(float(request.parameters.get("timeout", _POLL_DEFAULT_S)), _POLL_DEFAULT_S)
        except ValueError:
            raise ArangoError(errors.BAD_PARAMETER, "index and timeout must be numbers") from None
        node = self._node
        if node.core.last_applied <= after:
            await node.wait_applied(after, timeout_s)
            if (answer := await self._redirected(request)) is not None:
                return answer
        commit = node.core.last_applied
        if after < node.recent_from - 1 or after > commit:
            result: dict[str, Any] = {"firstIndex": 0, "commitIndex": commit, "readDB": node.tree.root}
        else:
            log = [{"index": index, "query": operations} for index, operations in node.recent if index > after]
            result = {"firstIndex": after + 1, "commitIndex": commit, "log": log}
        return json_response(200, {"error": False, "code": 200, "result": result})

    async def raft(self, request: Request) -> Response:
        """POST /_api/agency_priv/raft: messages between agents."""
        if not request.superuser:
            raise ArangoError(errors.FORBIDDEN)
        body = request.json_object()
        answers = self._node.receive(body["from"], body, body["messages"])
        return json_response(200, {**self._node.introduction(), "messages": answers})

    async def health(self, request: Request) -> Response:
        """GET /_internal/health: what a coordinator's ``/_admin/cluster/health`` is made of."""
        if (answer := await self._redirected(request)) is not None:
            return answer
        return json_response(200, {
            "servers": self._supervision.health(), "transient": self.transient.get("/arango/Sync/ServerStates", {}),
            "leader": self.leader_id(), "acked": self._last_acked(),
            "pool": {self._agent_id(endpoint): endpoint for endpoint in [self._node.me, *self._node.core.peers]
                     if self._agent_id(endpoint)},
        })  # fmt: skip
