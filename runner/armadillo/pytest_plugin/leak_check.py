"""`LeakCheck`: names what a case or a fixture leaves behind, and takes it away so that the next case starts clean.

After a case has ended with its fixtures, everything in the deployment must be what was there before it. What a fixture
of a wider scope (class, module, package, session) makes in its set-up belongs to that fixture; it is looked for when
the fixture has ended.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Generator, Iterable
from typing import Any

import pytest
from armadillo_api.v1 import deployment_pb2, result_pb2

from ..arangodb.credentials import Credentials
from ..errors import ArangoError
from ..model.outcome import Outcome
from ..model.policy import LEAK, Consequence
from ..model.role import Role
from .deployment_holder import DeploymentHolder
from .inventory import Inventory, Place, Thing
from .node_ids import workspace_relative

SETTLE_S = 1.0
"""A killed query and an aborted transaction may need a moment until they are gone."""
SETTLE_CLUSTER_S = 3.0
"""What one coordinator dropped, another may still know for a moment."""
_PAUSE_S = 0.02
_MOST_NAMES = 4
_DEPLOYMENT_FIXTURE = "arango"
_FOREIGN = ("_pytest.", "pytest_asyncio", "armadillo.")
_SET_UPS = ("_xunit_", "_unittest_")
"""Names of the fixtures that pytest makes of setup_module, setUpClass and their like."""

Publish = Callable[[result_pb2.Event], None]


class LeakCheck:
    """Registered with pytest by `plugin` unless the target's policy ignores leaks."""

    def __init__(self, holder: DeploymentHolder, publish: Publish, build_file: str) -> None:
        self._holder = holder
        self._publish = publish
        self._build_file = build_file
        self._inventory: Inventory | None = None
        self._known: frozenset[Thing] = frozenset()
        self._owned: dict[pytest.FixtureDef[Any], frozenset[Thing]] = {}
        self._node_id = ""

    @staticmethod
    def wanted(consequence: Consequence) -> bool:
        """Whether the policy asks for a look at all."""
        return consequence is not Consequence.IGNORE

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """What a fixture of a wider scope makes is its own until it ends."""
        if fixturedef.argname == _DEPLOYMENT_FIXTURE and self._inventory is None:
            self._begin()
        if fixturedef.scope == "function" or not _is_users(fixturedef):
            return (yield)
        before = self._look()
        try:
            return (yield)
        finally:
            after = self._look()  # the deployment may have been asked for inside the fixture
            if after is not None:
                made = after - (self._known if before is None else before)
                self._owned[fixturedef] = self._owned.get(fixturedef, frozenset()) | made
                self._known |= made

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A case begins: what is found from now on is found during it."""
        self._node_id = workspace_relative(nodeid)

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """A fixture of a wider scope has ended: what it made must be gone."""
        owned = self._owned.pop(fixturedef, None)
        if owned:
            self._known -= owned
            self._judge(_name_of(fixturedef), self._settled(lambda now: now & owned))

    def look_after_case(self) -> None:
        """To be called when a case has ended with its fixtures."""
        if self._inventory is None:
            return
        inside = {thing.name for thing in self._known if thing.kind == "database"} | {"_system"}
        self._judge(self._node_id, self._settled(lambda now: now - self._known, inside))

    def tell_left_down(self) -> None:
        """The servers that the case itself put down and did not bring back, as `DeploymentHolder` found them."""
        servers = self._holder.left_down
        if servers:
            told = ", ".join(f"{name} {state}" for name, state in servers.items())
            details = (
                "They were brought back before the next case. `async with server.killed():` (or stopped, suspended) "
                "does so by itself, also when the case fails."
            )
            self._tell(f"{self._node_id} left {told}", details, Outcome.FAILED)

    def close(self) -> None:
        """Closes all connections."""
        if self._inventory is not None:
            self._inventory.close()

    def _begin(self) -> None:
        description = self._holder.description
        secret = description.jwt_secret
        login = Credentials.superuser(secret) if secret else Credentials.none()
        is_cluster = self._holder.surroundings.spec.deployment.is_cluster
        self._inventory = Inventory(self._holder.facts, login.headers(), is_cluster)
        self._known = self._look() or frozenset()

    def _look(self) -> frozenset[Thing] | None:
        """Everything that is there; None, and a finding, when it cannot be known."""
        return self._settled(lambda now: now, whatever=True)

    def _settled(
        self,
        suspicious: Callable[[frozenset[Thing]], frozenset[Thing]],
        inside: set[str] | None = None,
        whatever: bool = False,
    ) -> frozenset[Thing] | None:
        """What is still suspicious when things had time to settle; None when no server tells.

        `whatever` takes the first answer.
        """
        if self._inventory is None:
            return None
        if (held := self._holder.held_servers) and not any(place.is_front for place in self._places(held)):
            return None  # a fixture's fault has all of those that could tell; what there is, is found when it has ended
        is_cluster = self._holder.surroundings.spec.deployment.is_cluster
        limit_s = (SETTLE_CLUSTER_S if is_cluster else SETTLE_S) * (self._holder.description.time_scale or 1.0)
        end_s = time.monotonic() + limit_s
        while True:
            try:
                found = suspicious(self._inventory.take(self._places(held), inside))
            except ArangoError as error:
                if time.monotonic() > end_s:
                    message = f"what {self._node_id or 'the set-up'} left behind is not known: {error}"
                    self._tell(message, "", Outcome.UNKNOWN)
                    return None
            else:
                if whatever or not found or time.monotonic() > end_s:
                    return found
            time.sleep(_PAUSE_S)

    def _judge(self, who: str, found: frozenset[Thing] | None) -> None:
        """Tells of what was found and takes it away; what cannot be taken away is known from now on."""
        if not found or self._inventory is None:
            return
        dropped = {thing.name for thing in found if thing.kind == "database"}
        leaks = [thing for thing in found if thing.database not in dropped or thing.kind in ("cursor", "transaction")]
        removed = self._inventory.remove(leaks, self._places(self._holder.held_servers))
        killed = frozenset(thing for thing in leaks if thing.kind == "cursor")
        still_there = self._settled(lambda now: now & (frozenset(leaks) - killed)) or frozenset()
        self._known |= still_there | killed
        lines = []
        for thing, how in removed.items():
            lines.append(f"{thing}: {how}" + (", but it is still there" if thing in still_there else ""))
        lines.append(
            "What a case makes outside of its own `database` it must take away itself; a fixture does so also when the "
            f'case fails. leaks = "warn" or "ignore" of the target in {self._build_file} says otherwise.'
        )
        self._tell(f"{who} left behind {_list(removed)}", "\n".join(lines), Outcome.FAILED)

    def _places(self, held: set[str]) -> list[Place]:
        servers = self._holder.servers
        if not servers:  # before the deployment's handle is made: all are ready
            described = self._holder.description.servers
            return [
                Place(one.name, one.endpoint, Role(deployment_pb2.Role.Name(one.role)).is_front) for one in described
            ]
        return [
            Place(server.name, server.endpoint, server.role.is_front)
            for server in servers
            if server.is_alive and server.state != "SUSPENDED" and server.name not in held
        ]

    def _tell(self, message: str, details: str, outcome: Outcome) -> None:
        finding = result_pb2.Finding(
            kind=LEAK, outcome=outcome.value, message=message, details=details, node_id=self._node_id
        )
        self._publish(result_pb2.Event(finding=finding))


def _is_users(fixturedef: pytest.FixtureDef[Any]) -> bool:
    """Whether a fixture may touch the deployment: neither pytest's nor our own, unless it is a set-up function."""
    if fixturedef.argname.startswith(_SET_UPS):
        return True
    module = getattr(inspect.unwrap(fixturedef.func), "__module__", "") or ""
    return not module.startswith(_FOREIGN)


def _name_of(fixturedef: pytest.FixtureDef[Any]) -> str:
    if fixturedef.argname.startswith(_SET_UPS):
        return f"the {fixturedef.scope}'s set-up functions"
    where = f" of {fixturedef.baseid}" if fixturedef.baseid else ""
    return f"the fixture {fixturedef.argname}{where} (scope {fixturedef.scope})"


def _list(things: Iterable[Thing]) -> str:
    names = [str(thing) for thing in things]
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
