"""``/_admin/cluster/rebalance``: look at the balance of the shards, compute moves, carry them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.cluster_view import shards_of, usable_dbservers
from ..errors import ArangoError
from ..http.message import Response, success
from ..permissions import require_admin
from .rebalance import Balance, Move

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request
    from .job_api import JobApi
    from .peers import ClusterPeers

_VERSION = 1
_DEFAULT_MOVES = 1000


class RebalanceApi:
    """Handlers of rebalance, rebalance/execute and the older rebalanceShards."""

    def __init__(self, context: ServerContext, peers: ClusterPeers, jobs: JobApi) -> None:
        self._context = context
        self._cache = peers.cache
        self._jobs = jobs
        add = context.router.add
        add("GET", "/_admin/cluster/rebalance", self.look)
        add("POST", "/_admin/cluster/rebalance", self.compute)
        add("PUT", "/_admin/cluster/rebalance", self.compute_and_execute)
        add("POST", "/_admin/cluster/rebalance/execute", self.execute)
        add("POST", "/_admin/cluster/rebalanceShards", self.rebalance_shards)

    def _balance(self, options: dict[str, Any]) -> Balance:
        tree = self._cache.tree
        excluded = set(options.get("databasesExcluded") or ())
        everything = [view for view in shards_of(tree) if view.database not in excluded]
        prototypes = {view.collection.get("distributeShardsLike") for view in everything}
        system = sum(len(view.plan) for view in everything if view.collection.get("isSystem"))
        shards = [
            view
            for view in everything
            if not (options.get("excludeSystemCollections") and view.collection.get("isSystem"))
            # shards that must lie together are left where they are
            and not view.collection.get("distributeShardsLike")
            and not prototypes & {view.collection_id, view.collection.get("name")}
        ]
        return Balance(sorted(usable_dbservers(tree)), shards, system=system)

    def _jobs_in(self, state: str) -> int:
        jobs = self._cache.get(f"/arango/Target/{state}", {}) or {}
        return sum(job.get("type") == "moveShard" for job in jobs.values())

    async def look(self, request: Request) -> Response:
        """GET /_admin/cluster/rebalance."""
        require_admin(self._context, request)
        pending = {"pendingMoveShards": self._jobs_in("Pending"), "todoMoveShards": self._jobs_in("ToDo")}
        return success(200, {"result": {**self._balance({}).summary(), **pending}, **pending})

    def _options(self, request: Request) -> dict[str, Any]:
        require_admin(self._context, request)
        body = request.json_object()
        if body.get("version") != _VERSION:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, f"expecting version {_VERSION} of the rebalance options")
        most = body.get("maximumNumberOfMoves", _DEFAULT_MOVES)
        if isinstance(most, bool) or not isinstance(most, int) or most < 0:
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "maximumNumberOfMoves must be a number of moves")
        return body

    def _computed(self, options: dict[str, Any]) -> dict[str, Any]:
        balance = self._balance(options)
        before = balance.summary()
        moves = balance.improve(
            options.get("maximumNumberOfMoves", _DEFAULT_MOVES),
            changes=bool(options.get("leaderChanges", True)),
            leaders=bool(options.get("moveLeaders", False)),
            followers=bool(options.get("moveFollowers", False)),
        )
        return {"imbalanceBefore": before, "imbalanceAfter": balance.summary(), "moves": moves}

    async def compute(self, request: Request) -> Response:
        """POST /_admin/cluster/rebalance: the moves that would help."""
        return success(200, {"result": self._computed(self._options(request))})

    async def compute_and_execute(self, request: Request) -> Response:
        """PUT /_admin/cluster/rebalance: the moves that help, as jobs."""
        result = self._computed(self._options(request))
        await self._schedule(result["moves"])
        return success(202 if result["moves"] else 200, {"result": result})

    async def execute(self, request: Request) -> Response:
        """POST /_admin/cluster/rebalance/execute: given moves as jobs."""
        moves = self._options(request).get("moves")
        wanted = ("from", "to", "shard", "collection")
        if not isinstance(moves, list) or not all(isinstance(m, dict) and all(m.get(n) for n in wanted) for m in moves):
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "expecting moves with from, to, shard and collection")
        known = {view.shard: view.database for view in shards_of(self._cache.tree)}
        if any(move["shard"] not in known for move in moves):
            raise ArangoError(errors.HTTP_BAD_PARAMETER, "a move names an unknown shard")
        await self._schedule([{**move, "database": known[move["shard"]]} for move in moves])
        return success(202 if moves else 200)

    async def rebalance_shards(self, request: Request) -> Response:
        """POST /_admin/cluster/rebalanceShards: everything that helps in the request's database."""
        require_admin(self._context, request)
        others = [name for name in self._cache.get("/arango/Plan/Databases", {}) if name != request.database]
        options = {"databasesExcluded": others, "leaderChanges": True, "moveLeaders": True, "moveFollowers": True}
        result = self._computed(options)
        await self._schedule(result["moves"])
        return success(202, {"result": {"moves": len(result["moves"])}})

    async def _schedule(self, moves: list[Move]) -> None:
        for move in moves:
            view = next((found for found in shards_of(self._cache.tree) if found.shard == move["shard"]), None)
            # the change of a leader to one of its followers keeps the number of copies
            swap = view is not None and move["to"] in view.plan
            await self._jobs.add_job({
                "type": "moveShard", "database": move["database"], "collection": str(move["collection"]),
                "shard": move["shard"], "fromServer": move["from"], "toServer": move["to"], "remainsFollower": swap,
            })  # fmt: skip
