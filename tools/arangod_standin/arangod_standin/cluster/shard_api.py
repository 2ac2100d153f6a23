"""Internal routes of a dbserver: what coordinators ask shard leaders and what leaders send to followers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from .. import errors
from ..backend import IndexRange
from ..errors import ArangoError
from ..http.message import Response, json_response
from .shard_transactions import ShardTransactions

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request
    from .agency_client import AgencyCache
    from .shard_backend import ShardBackend

_FOLLOW_TIMEOUT_S = 10.0


class ShardApi:
    """Handlers below ``/_internal/shard``; only the superuser gets here."""

    def __init__(self, context: ServerContext, backend: ShardBackend, cache: AgencyCache) -> None:
        self._backend = backend
        self._transactions = ShardTransactions(context, backend, cache)
        for action in (
            "execute",
            "scan",
            "lookup",
            "estimates",
            "statistics",
            "figures",
            "follow",
            "checksum",
            "truncate",
            "replicate",
            "place",
            "sync-begin",
            "sync-apply",
        ):
            handler = getattr(self, action.replace("-", "_"))
            context.router.add("POST", f"/_internal/shard/{action}", handler)

    async def execute(self, request: Request) -> Response:
        """Run document operations on a shard led here."""
        body = request.json()
        if "trx" in body:
            return json_response(200, await self._transactions.execute(body))
        leader = self._backend.leader(body["shard"])
        await self._backend.wait_unlocked(leader.copy.stored, body["options"])
        synced = bool(body["options"].get("waitForSync")) or bool(leader.view.collection.get("waitForSync"))
        return json_response(200, await leader.execute(body["operations"], body["options"], synced=synced))

    async def _stored(self, body: dict[str, Any]) -> Any:
        if "trx" in body:
            return await self._transactions.readable(body)
        leader = self._backend.leader(body["shard"])
        await leader.wait_leading(5.0)
        return leader.copy.stored

    async def scan(self, request: Request) -> Response:
        """Return the documents of a shard led here."""
        body = request.json()
        stored = await self._stored(body)
        if body.get("key") is not None:
            found = stored.get(body["key"])
            return json_response(200, [] if found is None else [stored.document(body["key"], *found)])
        return Response(200, stored.documents_json(body.get("limit")))

    async def lookup(self, request: Request) -> Response:
        """Return the documents in ranges of a sorted index of a shard led here."""
        body = request.json()
        stored = await self._stored(body)
        ranges = [IndexRange.from_json(item) for item in body["ranges"]]
        found = stored.lookup(body["index"], ranges, descending=body["descending"], limit=body["limit"])
        return json_response(200, found)

    async def estimates(self, request: Request) -> Response:
        """Return how selective the indexes of a shard led here are."""
        stored = await self._stored(request.json())
        return json_response(200, {"count": stored.count(), "estimates": stored.estimates()})

    async def statistics(self, request: Request) -> Response:
        """Return count and newest revision of a shard led here."""
        body = request.json()
        stored = await self._stored(body)
        count = stored.recount() if body.get("recount") else stored.count()
        found = {"count": count, "revision": stored.highest_revision(), "lastValue": stored.last_value}
        return json_response(200, found)

    async def follow(self, request: Request) -> Response:
        """Return when a shard led here has the properties that the plan has got, or after a while."""
        body = request.json()
        leader = self._backend.leader(body["shard"])
        deadline = time.monotonic() + _FOLLOW_TIMEOUT_S
        while any(leader.copy.stored.properties.get(name) != value for name, value in body["properties"].items()):
            if time.monotonic() > deadline:
                raise ArangoError(errors.CLUSTER_TIMEOUT, f"shard {body['shard']} did not take over new properties")
            await self._backend.maintained(deadline - time.monotonic())
        return json_response(200, {})

    async def figures(self, request: Request) -> Response:
        """Return the bytes of documents and indexes of a shard led here."""
        return json_response(200, (await self._stored(request.json())).figures())

    async def checksum(self, request: Request) -> Response:
        """Return the checksum of a shard led here."""
        body = request.json()
        stored = await self._stored(body)
        checksum = stored.checksum(with_revisions=body["revisions"], with_data=body["data"])
        return json_response(200, {"checksum": str(checksum)})

    async def truncate(self, request: Request) -> Response:
        """Empty a shard led here."""
        body = request.json()
        if "trx" in body:
            await self._transactions.truncate(body)
            return json_response(200, {})
        leader = self._backend.leader(body["shard"])
        await self._backend.wait_unlocked(leader.copy.stored, {})
        await leader.truncate(synced=bool(leader.view.collection.get("waitForSync")))
        return json_response(200, {})

    async def replicate(self, request: Request) -> Response:
        """Take a leader's change; the answer means that it is stored."""
        body = request.json()
        copy = self._backend.copy(body["shard"])
        copy.replicate(body["epoch"], body["sequence"], body["effects"])
        await self._backend.engine.committed(synced=bool(body.get("synced")))
        return json_response(200, {})

    async def place(self, request: Request) -> Response:
        """Tell how far this copy follows which leader."""
        copy = self._backend.copy(request.json()["shard"])
        return json_response(200, [copy.epoch, copy.sequence])

    async def sync_begin(self, request: Request) -> Response:
        """Begin to follow a leader; the answer tells what is here."""
        body = request.json()
        revisions = self._backend.copy(body["shard"]).begin_sync(body["epoch"])
        await self._backend.engine.committed()
        return json_response(200, {"revisions": revisions})

    async def sync_apply(self, request: Request) -> Response:
        """Take differences a leader found; when the last of them are answered, all are on disk."""
        body = request.json()
        self._backend.copy(body["shard"]).sync(body["epoch"], body["effects"], body.get("final"))
        await self._backend.engine.committed(synced=body.get("final") is not None)
        return json_response(200, {})
