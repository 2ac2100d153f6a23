"""What the API of a cluster's server asks of the rest of the cluster: the deployment's id, its mode, other servers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..agency.tree import set_value
from ..errors import ArangoError
from ..http.client import Unreachable

if TYPE_CHECKING:
    from ..context import ServerContext
    from .peers import ClusterPeers

_READ_ONLY = "/arango/Readonly"
_TIMEOUT_S = 30.0


def connect_context(context: ServerContext, peers: ClusterPeers) -> None:
    """Give the context its hooks into the cluster."""
    cache = peers.cache

    def follow_mode() -> None:
        context.read_only = bool(cache.get(_READ_ONLY, False))

    async def announce_read_only(read_only: bool) -> None:
        index = await peers.agency.write({_READ_ONLY: set_value(read_only)})
        await cache.wait_index(index)

    async def ask_server(server: str, method: str, path: str, body: Any) -> tuple[int, Any]:
        if cache.get(f"/arango/Current/ServersRegistered/{server}") is None:
            raise ArangoError(errors.HTTP_NOT_FOUND, f"unknown server '{server}'")
        try:
            status, _, answer = await peers.client.request(
                peers.endpoint_of(server), method, path, body, timeout_s=_TIMEOUT_S
            )
        except Unreachable as error:
            raise ArangoError(errors.CLUSTER_CONNECTION_LOST, f"server '{server}' does not answer: {error}") from None
        return status, answer

    cache.listeners.append(follow_mode)
    context.announce_read_only = announce_read_only
    context.ask_server = ask_server
    context.deployment_id = lambda: str(cache.get("/arango/Cluster", "") or "")
