"""Cursors, transactions, jobs and queries live on the coordinator that made them; others hand requests on to it.

Their ids end with the number that the agency gave that coordinator, so every coordinator knows where to ask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import errors
from ..errors import ArangoError
from ..http.client import Unreachable
from ..http.message import Response

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request
    from .peers import ClusterPeers

_SHORT = "/arango/Target/MapUniqueToShortID"
_DIGITS = 4
# Paths below which the third part is such an id.
_OWNED = (["_api", "cursor"], ["_api", "transaction"], ["_api", "job"], ["_api", "query"])
_TIMEOUT_S = 3600.0
# What the client's connection and this server's are about, not the request.
_NOT_HANDED_ON = ("host", "connection", "content-length", "content-encoding", "accept-encoding", "transfer-encoding",
                  "expect", "x-arango-async", "x-standin-forwarded")  # fmt: skip


class Forwarder:
    """Knows the owner of an id and asks it."""

    def __init__(self, context: ServerContext, peers: ClusterPeers) -> None:
        self._context = context
        self._peers = peers
        self._tag = ""
        context.own_id = self.own_id
        context.forward = self.forward

    def own_id(self, number: int) -> str:
        """Return the id with which every coordinator finds this one."""
        if not self._tag:
            own = self._peers.cache.get(f"{_SHORT}/{self._context.server_id}/TransactionID", 0)
            self._tag = f"{int(own):0{_DIGITS}d}"
        return f"{number}{self._tag}"

    async def forward(self, request: Request) -> Response | None:
        """Return another coordinator's answer, None when the request is this server's own."""
        named = request.headers.get("x-arango-trx-id", "").strip().partition(" ")[0]
        if not named and len(request.segments) > 2 and request.segments[:2] in _OWNED:
            named = request.segments[2]
        if len(named) <= _DIGITS or not named.isdigit() or "x-standin-forwarded" in request.headers:
            return None
        if self._tag and named.endswith(self._tag):
            return None
        owner = self._owner(int(named[-_DIGITS:]))
        if owner is None or owner == self._context.server_id:
            return None
        headers = {name: value for name, value in request.headers.items() if name not in _NOT_HANDED_ON}
        headers["x-standin-forwarded"] = self._context.server_id
        # the body of an answer to HEAD is left out when it is sent on
        method = "GET" if request.method == "HEAD" else request.method
        endpoint = self._peers.endpoint_of(owner)
        try:
            status, given, body = await self._peers.client.forward(
                endpoint, method, request.target, headers, request.body, timeout_s=_TIMEOUT_S
            )
        except Unreachable as error:
            raise ArangoError(errors.CLUSTER_CONNECTION_LOST, f"coordinator {owner} does not answer: {error}") from None
        kept = [(name, value) for name, value in given.items() if name.startswith("x-arango-") or name == "etag"]
        kept = [(name, value) for name, value in kept if name != "x-arango-queue-time-seconds"]
        return Response(status, body, [*kept, ("X-Arango-Request-Forwarded-To", owner)], given.get("content-type", ""))

    def _owner(self, number: int) -> str | None:
        coordinators = self._peers.cache.get("/arango/Current/Coordinators", {}) or {}
        known = self._peers.cache.get(_SHORT, {}) or {}
        return next((one for one in coordinators if known.get(one, {}).get("TransactionID") == number), None)
