"""The first coordinator makes ``_system``; all coordinators wait until that is done before they are ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..agency.cluster_view import usable_dbservers
from ..agency.tree import set_value
from ..errors import ArangoError

if TYPE_CHECKING:
    from .peers import ClusterPeers
    from .plan_writer import PlanWriter

_BOOTSTRAP = "/arango/Bootstrap"
_SECOND_DBSERVER_S = 0.3
_TAKE_OVER_S = 15.0


class Bootstrap:
    """Brings a fresh cluster to the point where it can take requests."""

    def __init__(self, peers: ClusterPeers, plan: PlanWriter) -> None:
        self._peers = peers
        self._cache = peers.cache
        self._plan = plan

    def _state(self) -> str:
        return str(self._cache.get(_BOOTSTRAP, ""))

    async def run(self) -> None:
        """Return when the cluster is initialised, by this coordinator or another."""
        while not self._state().endswith(": done"):
            holder = self._state()
            if holder:
                try:
                    await self._cache.wait_for(lambda: self._state().endswith(": done"), _TAKE_OVER_S)
                    return
                except ArangoError:
                    # the other coordinator does not get done: take its place if it still holds it
                    holder = holder if self._state() == holder else ""
            condition = {"old": holder} if holder else {"oldEmpty": True}
            index = await self._peers.agency.write(
                {_BOOTSTRAP: set_value(self._peers.server_id)}, {_BOOTSTRAP: condition}
            )
            if index:
                await self._cache.wait_index(index)
                await self._initialise()
            else:
                await self._peers.refresh()

    async def _initialise(self) -> None:
        enough = min(self._plan.system_factor, 2)
        for wanted, timeout_s in ((1, float("inf")), (enough, _SECOND_DBSERVER_S)):
            try:
                await self._cache.wait_for(
                    lambda wanted=wanted: len(usable_dbservers(self._cache.tree)) >= wanted,  # type: ignore[misc]
                    timeout_s if timeout_s != float("inf") else 1e9,
                )
            except ArangoError:
                continue
        if self._cache.get("/arango/Plan/Databases/_system") is None:
            await self._plan.create_database("_system", {})
        done = {
            _BOOTSTRAP: set_value(f"{self._peers.server_id}: done"),
            "/arango/SystemCollectionsCreated": set_value(True),
        }
        index = await self._peers.agency.write(done)
        await self._cache.wait_index(index)
