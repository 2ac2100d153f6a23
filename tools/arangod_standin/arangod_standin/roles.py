"""The four roles: what each process is made of. Modules are imported only by the role that needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .accounts.store import AccountStore
    from .backend import Backend
    from .context import ServerContext
    from .datadir import DataDirectory
    from .http.message import Request
    from .storage.engine import Engine


class RoleServer:
    """The role-specific part of a server: `start` returns when the server may take requests."""

    async def start(self) -> None:
        """Do what must be done before the server is ready."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Release everything; called once, also after a failed start."""
        raise NotImplementedError


def add_common_routes(context: ServerContext) -> None:
    """Register what every role answers."""
    from .api.system import SystemApi

    SystemApi(context)
    for paths, module, name in _ADMIN_FAMILIES:
        mount_family(context, paths, module, name)
    if context.settings.family < (4, 0):
        mount_family(context, _RELICS, "relics", "RelicApi")
        mount_family(context, _APPLIER, "applier", "ApplierApi")
        mount_family(context, ("/_admin/statistics", "/_admin/statistics-description"), "statistics", "StatisticsApi")


_ADMIN_FAMILIES = (
    (("/_admin/log",), "log", "LogApi"),
    (("/_admin/metrics", "/_admin/usage-metrics"), "metrics", "MetricsApi"),
    (("/_admin/shutdown",), "shutdown", "ShutdownApi"),
    (("/_admin/backup",), "backup", "BackupApi"),
    (("/_admin/debug",), "debug", "DebugApi"),
    (("/_api/engine",), "engine", "EngineApi"),
    (("/_admin/server/jwt", "/_admin/server/tls", "/_admin/server/encryption"), "secrets", "SecretsApi"),
    (("/_admin/options", "/_admin/options-description", "/_admin/options-public"), "options", "OptionsApi"),
    (("/_admin/server/mode", "/_admin/license", "/_admin/deployment", "/_admin/support-info", "/_admin/crashes",
      "/_admin/server/api-calls", "/_admin/server/aql-queries", "/_admin/activities",
      "/_admin/auth", "/_admin/compact"), "admin", "AdminApi"),
)  # fmt: skip
# Gone in 4.0.
_RELICS = ("/_admin/echo", "/_admin/routing", "/_admin/database", "/_admin/execute", "/_api/endpoint", "/_api/tasks")
_APPLIER = tuple(
    f"/_api/replication/{name}"
    for name in ("server-id", "applier-config", "applier-state", "applier-state-all", "applier-start", "applier-stop",
                 "sync", "make-follower", "make-slave")
)  # fmt: skip
# Families of routes: where they are mounted, and the module and class below `api` that answers them.
_DATA_FAMILIES = (
    (("/_api/database",), "databases", "DatabaseApi"),
    (("/_api/collection", "/_api/key-generators"), "collections", "CollectionApi"),
    (("/_api/document",), "documents", "DocumentApi"),
    (("/_api/import",), "imports", "ImportApi"),
    (("/_api/job",), "jobs", "JobApi"),
    (("/_api/transaction",), "transactions", "TransactionApi"),
    (("/_api/index",), "indexes", "IndexApi"),
    (("/_api/view",), "views", "ViewApi"),
    (("/_api/ttl",), "ttl", "TtlApi"),
    (("/_api/analyzer",), "analyzers", "AnalyzerApi"),
    (("/_api/cursor",), "cursors", "CursorApi"),
    (("/_api/query", "/_api/explain"), "queries", "QueryApi"),
    (("/_api/query-cache", "/_api/query-plan-cache"), "query_caches", "QueryCacheApi"),
    (("/_api/aqlfunction",), "aql_functions", "AqlFunctionApi"),
    (("/_api/gharial",), "graphs", "GraphApi"),
    (("/_api/edges",), "edges", "EdgeApi"),
    (("/_api/replication",), "replication", "ReplicationApi"),
    (
        (
            "/_api/replication/restore-collection",
            "/_api/replication/restore-indexes",
            "/_api/replication/restore-data",
            "/_api/replication/restore-view",
        ),
        "restore",
        "RestoreApi",
    ),
    (("/_api/wal", "/_admin/wal"), "wal", "WalApi"),
    (("/_api/user",), "users", "UserApi"),
    (("/_open/auth", "/_api/token"), "tokens", "TokenApi"),
)


def mount_family(context: ServerContext, paths: tuple[str, ...], module: str, name: str) -> None:
    """Have ``api.<module>.<name>(context)`` register its routes when one of the paths is first asked for."""

    def load() -> None:
        from importlib import import_module

        getattr(import_module(f".api.{module}", __package__), name)(context)

    context.router.mount(paths, load)


def add_data_routes(context: ServerContext) -> None:
    """Mount the routes about databases, collections, documents and queries."""
    for paths, module, name in _DATA_FAMILIES:
        mount_family(context, paths, module, name)
    _add_transactions(context)


def _add_transactions(context: ServerContext) -> None:
    """Have requests with ``x-arango-trx-id`` use the transaction they name, as the innermost view of the backend."""

    def view(backend: Backend, request: Request) -> Backend:
        if "x-arango-trx-id" not in request.headers:
            return backend
        from .stream_transactions import registry_of

        return registry_of(context).view(request)

    context.backend_views.insert(0, view)


def add_accounts(context: ServerContext, accounts: AccountStore) -> None:
    """Have a server know users: who they are and, as the outermost view of the backend, what they may do."""
    from .permissions import guard

    assert context.authenticator is not None
    context.authenticator.accounts = accounts
    context.backend_views.append(lambda backend, request: guard(context, backend, request))


class SingleServer(RoleServer):
    """A server of its own."""

    def __init__(self, context: ServerContext, directory: DataDirectory) -> None:
        from .accounts.store import AccountStore
        from .storage.catalog import Catalog
        from .storage.engine import open_engine
        from .storage.local_backend import LocalBackend

        self._engine: Engine = open_engine(directory.engine_file("data.sqlite3"), context.settings)
        backend = LocalBackend(Catalog(self._engine))
        backend.bootstrap()
        self._engine.commit()
        self._backend = context.backend = backend
        self._context = context
        self._accounts = AccountStore(backend)
        add_common_routes(context)
        add_data_routes(context)
        add_accounts(context, self._accounts)
        context.deployment_id = self._deployment_id

    def _deployment_id(self) -> str:
        """Return the id of this deployment, which is made when first asked for and then kept."""
        known = self._engine.get_meta("deployment_id")
        if known is None:
            from .datadir import new_uuid

            known = new_uuid()
            self._engine.set_meta("deployment_id", known)
        return known

    async def start(self) -> None:
        """Make root at the first start."""
        await self._accounts.initialise(self._context.settings.root_password)
        self._backend.start_sweeping(self._context)

    async def stop(self) -> None:
        """Close the storage engine."""
        self._engine.close()


def make_role(context: ServerContext, directory: DataDirectory) -> RoleServer:
    """Return the role the settings ask for."""
    if context.role == "SINGLE":
        return SingleServer(context, directory)
    if context.role == "AGENT":
        from .agency.agent import AgentServer

        return AgentServer(context, directory)
    if context.role == "PRIMARY":
        from .cluster.dbserver import DBServer

        return DBServer(context, directory)
    from .cluster.coordinator import CoordinatorServer

    return CoordinatorServer(context, directory)
