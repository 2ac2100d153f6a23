"""Stream transactions: begin, status, commit, abort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..backend import TransactionOptions
from ..errors import ArangoError
from ..http.message import Response, json_response, success
from ..stream_transactions import registry_of

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request
    from ..stream_transactions import StreamTransaction

_DEFAULT_LOCK_TIMEOUT_S = 8.0
_NO_TIMEOUT_S = 1e9


class TransactionApi:
    """Handlers below ``/_api/transaction``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._registry = registry_of(context)
        settings = context.settings
        self._lock_timeout_s = settings.number("transaction.streaming-lock-timeout", _DEFAULT_LOCK_TIMEOUT_S)
        self._max_bytes = settings.integer("transaction.streaming-max-transaction-size", 512 << 20)
        add = context.router.add
        add("GET", "/_api/transaction", self.running)
        add("POST", "/_api/transaction/begin", self.begin)
        add("GET", "/_api/transaction/*", self.status)
        add("PUT", "/_api/transaction/*", self.commit)
        add("DELETE", "/_api/transaction/*", self.abort)
        if settings.family < (4, 0):
            add("POST", "/_api/transaction", self.javascript)

    # -- begin -------------------------------------------------------------------------------------------------------
    @staticmethod
    def _names(collections: dict[str, Any], kind: str) -> list[str]:
        names = collections.get(kind, [])
        if isinstance(names, str):
            names = [names]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ArangoError(errors.BAD_PARAMETER, f"collections.{kind}: expecting a name or an array of names")
        return names

    @staticmethod
    def _number(body: dict[str, Any], name: str, default: float) -> float:
        value = body.get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise ArangoError(errors.BAD_PARAMETER, f"<{name}> needs to be a number that is not negative")
        return float(value)

    def _options(self, request: Request) -> TransactionOptions:
        body = request.json_object()
        collections = body.get("collections", {})
        if not isinstance(collections, dict):
            raise ArangoError(errors.BAD_PARAMETER, "missing/invalid collections definition for transaction")
        options = TransactionOptions(
            request.database, *[self._names(collections, kind) for kind in ("read", "write", "exclusive")]
        )
        options.wait_for_sync = body.get("waitForSync") is True
        options.allow_implicit = body.get("allowImplicit", collections.get("allowImplicit", True)) is not False
        options.lock_timeout_s = self._number(body, "lockTimeout", self._lock_timeout_s) or _NO_TIMEOUT_S
        options.max_bytes = int(self._number(body, "maxTransactionSize", self._max_bytes)) or self._max_bytes
        return options

    async def begin(self, request: Request) -> Response:
        """POST /_api/transaction/begin."""
        options = self._options(request)
        if self._context.read_only and (options.write or options.exclusive):
            raise ArangoError(errors.READ_ONLY)
        # The user's levels are checked where a scope is asked for; the transaction itself knows no user, since every
        # request that uses it is checked again.
        self._context.backend_for(request).query_scope(
            request.database, read=options.read, write=options.write, exclusive=options.exclusive
        )
        made = await self._registry.begin(request.user, options)
        return self._shown(201, made)

    # -- one transaction ---------------------------------------------------------------------------------------------
    @staticmethod
    def _shown(code: int, transaction: StreamTransaction) -> Response:
        return success(code, {"result": {"id": transaction.id, "status": transaction.status}})

    async def status(self, request: Request, transaction_id: str) -> Response:
        """GET of one transaction; those that ended can be asked for a while."""
        return self._shown(200, self._registry.find(transaction_id, request))

    async def commit(self, request: Request, transaction_id: str) -> Response:
        """PUT: commit."""
        found = self._registry.find(transaction_id, request)
        await found.commit()
        return self._shown(200, found)

    async def abort(self, request: Request, transaction_id: str) -> Response:
        """DELETE: abort."""
        found = self._registry.find(transaction_id, request)
        await found.abort()
        return self._shown(200, found)

    async def running(self, request: Request) -> Response:
        """GET: the running transactions of the user."""
        found = [{"id": one.id, "state": one.status} for one in self._registry.running(request)]
        return json_response(200, {"transactions": found})

    async def javascript(self, request: Request) -> Response:
        """POST: a transaction in JavaScript, for which the stand-in has no engine."""
        body = request.json_object()
        if not isinstance(body.get("action"), str):
            raise ArangoError(errors.BAD_PARAMETER, "missing 'action' definition for transaction")
        raise ArangoError(errors.NOT_IMPLEMENTED, "arangod-standin: JavaScript transactions are not implemented")
