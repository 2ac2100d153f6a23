"""A coordinator: the face of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..roles import RoleServer, add_common_routes, add_data_routes
from .bootstrap import Bootstrap
from .cluster_api import ClusterApi
from .cluster_backend import ClusterBackend
from .membership import Membership
from .peers import ClusterPeers

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..datadir import DataDirectory


class CoordinatorServer(RoleServer):
    """Puts routing, the plan's writer and the cluster's administration together."""

    def __init__(self, context: ServerContext, directory: DataDirectory) -> None:
        self._context = context
        self._peers = ClusterPeers(context)
        self._backend = ClusterBackend(self._peers)
        context.backend = self._backend
        self._membership = Membership(context, self._peers.agency, self._peers.cache)
        self._bootstrap = Bootstrap(self._peers, self._backend.plan)
        add_common_routes(context)
        add_data_routes(context)
        ClusterApi(context, self._peers)

    async def start(self) -> None:
        """Register and wait until the cluster is initialised."""
        self._peers.start()
        await self._membership.join()
        await self._bootstrap.run()

    async def stop(self) -> None:
        """Close connections."""
        self._peers.client.close()
