"""`Agency`: the cluster's consensus store, read through its agents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import ArangoError
from .blocking import Blocking
from .run import Run
from .server import Server
from .wait import Seen, wait_until

READ_TIMEOUT_S = 30.0
ELECTION_TIMEOUT_S = 60.0
_NO_LEADER_HERE = 307


class Agency:
    """Reads the agency and knows its leader (the endpoints under `/_api/agency` of the agents)."""

    def __init__(self, run: Run, agents: Callable[[], Sequence[Server]]) -> None:
        self._run = run
        self._agents = agents

    @property
    def blocking(self) -> Blocking:
        """The agency for plain `def` tests."""
        return self._run.blocking(self)

    async def leader(self, *, timeout_s: float = ELECTION_TIMEOUT_S) -> Server:
        """The agent that leads; waits while there is an election. Raises `ConditionTimeoutError`."""
        return await self._wait_for_leader("an agent that leads the agency", None, timeout_s)

    async def wait_for_new_leader(self, old: Server, *, timeout_s: float = ELECTION_TIMEOUT_S) -> Server:
        """Waits until another agent than `old` leads, and answers it."""
        return await self._wait_for_leader(f"an agency leader other than {old.name}", old, timeout_s)

    async def read(self, path: str, *, timeout_s: float = READ_TIMEOUT_S) -> Any:
        """The value at a path such as "/arango/Plan/Version", nested dictionaries below it; None when there is none.

        Goes to the leader, also when it has just changed.
        """

        async def check() -> list[Any] | Seen:
            leader = await self.leader(timeout_s=timeout_s)
            answer = await leader.client.post("/_api/agency/read", json=[[path]], expect=(200, _NO_LEADER_HERE))
            if answer.status == _NO_LEADER_HERE:
                return Seen(f"{leader.name} says that it does not lead")
            return [answer.body]  # in a list, for an empty answer is an answer as well

        (body,) = await wait_until(f"an answer of the agency for {path}", check, self._run.scaled(timeout_s))
        return value_at(body[0], path)

    async def configuration(self, agent: Server) -> dict[str, Any]:
        """What one agent tells of itself: leaderId, term, commitIndex, configuration, ..."""
        body: dict[str, Any] = (await agent.client.get("/_api/agency/config", timeout_s=5.0)).body
        return body

    async def _wait_for_leader(self, what: str, other_than: Server | None, timeout_s: float) -> Server:
        async def check() -> Server | Seen:
            seen = []
            for agent in self._agents():
                if not agent.is_alive or agent.state == "SUSPENDED":
                    continue
                try:
                    told = await self.configuration(agent)
                except ArangoError as error:
                    seen.append(f"{agent.name}: {error}")
                    continue
                # Only the leader's own word counts: others may not have heard of its end.
                if told.get("leaderId") and told["leaderId"] == told["configuration"]["id"] and agent is not other_than:
                    return agent
                seen.append(f"{agent.name} follows {told.get('leaderId') or 'nobody'}")
            return Seen("; ".join(seen) or "no agent is alive")

        return await wait_until(what, check, self._run.scaled(timeout_s))


def value_at(tree: Any, path: str) -> Any:
    """What is at "/a/b/c" in nested dictionaries; None when there is nothing."""
    for part in path.strip("/").split("/"):
        if not isinstance(tree, dict) or part not in tree:
            return None
        tree = tree[part]
    return tree
