"""A coordinator: the face of the cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..accounts.store import AccountStore
from ..agency.tree import INCREMENT
from ..errors import ArangoError
from ..roles import RoleServer, add_accounts, add_common_routes, add_data_routes
from .bootstrap import Bootstrap
from .cluster_api import ClusterApi
from .cluster_backend import ClusterBackend
from .context_hooks import connect_context
from .forwarding import Forwarder
from .membership import Membership
from .peers import ClusterPeers

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..datadir import DataDirectory
    from .backup_conductor import BackupConductor

_USER_VERSION = "/arango/Sync/UserVersion"


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
        self._accounts = AccountStore(
            self._backend, version=lambda: self._peers.cache.get(_USER_VERSION), announce=self._announce_users
        )
        add_accounts(context, self._accounts)
        connect_context(context, self._peers)
        Forwarder(context, self._peers)
        self._add_backups(context)

    def _add_backups(self, context: ServerContext) -> None:
        def conductor() -> BackupConductor:
            from .backup_conductor import BackupConductor

            return BackupConductor(context, self._peers)

        def load() -> None:
            from .backup_node import BackupGateApi

            BackupGateApi(context, self._peers)

        context.make_backups = conductor
        context.router.mount(("/_internal/backup",), load)

    async def start(self) -> None:
        """Register and wait until the cluster is initialised."""
        self._peers.start()
        await self._membership.join()
        await self._bootstrap.run()
        try:
            await self._accounts.initialise(self._context.settings.root_password)
        except ArangoError as error:
            # superusers can still come in; others can as soon as the users can be read
            self._context.journal.warning("f3a1c", "authentication", f"cannot read the users: {error}")

    async def _announce_users(self) -> None:
        """Tell all coordinators that users changed."""
        index = await self._peers.agency.write({_USER_VERSION: INCREMENT})
        await self._peers.cache.wait_index(index)

    async def stop(self) -> None:
        """Close connections."""
        self._peers.client.close()
