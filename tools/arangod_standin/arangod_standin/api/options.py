"""The options of a server: ``/_admin/options``, ``/_admin/options-description``, ``/_admin/options-public``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..config.help_text import options_description
from ..errors import ArangoError
from ..http.message import Response, json_response
from ..permissions import require_policy

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..http.message import Request

_SECRET = ("password", "jwt-secret")
# What every user may know, since it changes what the API accepts.
_PUBLIC = (
    "cluster.default-replication-factor", "cluster.force-one-shard", "cluster.max-number-of-shards",
    "cluster.max-replication-factor", "cluster.min-replication-factor", "cluster.write-concern",
    "database.extended-names", "database.max-databases", "http.compress-response-threshold",
    "query.global-memory-limit", "query.max-runtime", "query.memory-limit", "server.authentication",
)  # fmt: skip


class OptionsApi:
    """Handlers about options. ArangoDB closes them by default to all but superusers; here administrators may ask."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        add = context.router.add
        add("GET", "/_admin/options", self.options)
        add("GET", "/_admin/options-description", self.description)
        add("GET", "/_admin/options-public", self.public)

    def _check(self, request: Request) -> None:
        if request.database != "_system":
            raise ArangoError(errors.FORBIDDEN)
        policy = self._context.settings.string("server.options-api", "admin")
        require_policy(self._context, request, policy)

    def _values(self) -> dict[str, Any]:
        settings = self._context.settings
        values = {name: entry["default"] for name, entry in options_description(settings.family).items()
                  if entry["category"] == "option"}  # fmt: skip
        values.update(settings.values)
        return {name: "***" if value and name.endswith(_SECRET) else value for name, value in sorted(values.items())}

    async def options(self, request: Request) -> Response:
        """GET /_admin/options: the value of each option; passwords are hidden."""
        self._check(request)
        return json_response(200, self._values())

    async def description(self, request: Request) -> Response:
        """GET /_admin/options-description: type and default of each option."""
        self._check(request)
        return json_response(200, options_description(self._context.settings.family))

    async def public(self, request: Request) -> Response:
        """GET /_admin/options-public: the few options that all users may know."""
        values = self._values()
        return json_response(200, {name: values[name] for name in _PUBLIC if name in values})
