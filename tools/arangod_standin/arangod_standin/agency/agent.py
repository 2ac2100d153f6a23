"""An agent: a member of the agency."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..config.options import EXIT_BAD_VALUE, OptionError
from ..config.settings import normal_endpoint
from ..http.client import HttpClient
from ..roles import RoleServer, add_common_routes
from .api import AgencyApi
from .node import RaftNode
from .raft_log import RaftLog
from .supervision import Supervision

if TYPE_CHECKING:
    from ..context import ServerContext
    from ..datadir import DataDirectory


class AgentServer(RoleServer):
    """Puts Raft, the agency's API and the supervision together."""

    def __init__(self, context: ServerContext, directory: DataDirectory) -> None:
        settings = context.settings
        endpoints = {normal_endpoint(endpoint) for endpoint in settings.strings("agency.endpoint", [])}
        endpoints.add(settings.my_address)
        size = settings.integer("agency.size", 1)
        if len(endpoints) != size:
            raise OptionError(
                f"--agency.size is {size} but {len(endpoints)} agents are known: give --agency.endpoint once per agent",
                EXIT_BAD_VALUE,
            )
        assert context.authenticator is not None
        self._client = HttpClient(context.authenticator.superuser_header())
        log = RaftLog(
            directory.engine_file("agency.sqlite3"), wait_for_sync=settings.boolean("agency.wait-for-sync", True)
        )
        self._node = RaftNode(context, self._client, log, sorted(endpoints))
        supervision = Supervision(context, self._node)
        self._node.on_leadership = supervision.leadership_changed
        self._node.on_applied = supervision.tree_changed
        add_common_routes(context)
        api = AgencyApi(context, self._node, supervision)
        context.gauges["arangodb_agency_term"] = lambda: self._node.log.term
        context.gauges["arangodb_agency_commit_index"] = lambda: self._node.core.commit_index
        context.gauges["arangodb_agency_leading"] = lambda: int(self._node.leading)
        context.status_members["agent"] = lambda: self._status(api, context)

    def _status(self, api: AgencyApi, context: ServerContext) -> dict[str, Any]:
        return {
            "id": context.server_id,
            "leaderId": api.leader_id(),
            "leading": self._node.leading,
            "endpoint": self._node.me,
            "term": self._node.log.term,
        }

    async def start(self) -> None:
        """Begin to take part; the agent is ready at once, the agency when it has a leader."""
        self._node.start()

    async def stop(self) -> None:
        """Leave."""
        self._node.stop()
        self._client.close()
