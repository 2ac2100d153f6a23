"""Rounds of kill -9 of random servers under concurrent writes, and the judgement of what is left."""

from __future__ import annotations

import random
import signal
import time
from typing import Any

from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer, wait_until
from tests.framework.standin.support.write_ledger import WriteLedger

CUT_OFF = "/_admin/debug/failat/ClusterComm::cutOff"
TROUBLES = ("kill", "freeze", "cut off")
_HEALTHY_S = 120.0
_PROGRESS_S = 120.0


class KillRounds:
    """One run on a started cluster; everything random comes from `seed`."""

    def __init__(
        self,
        cluster: StandinCluster,
        *,
        seed: int,
        writers: int = 4,
        synced: bool = True,
        shards: int = 3,
        troubles: tuple[str, ...] = ("kill",),
    ) -> None:
        self.cluster = cluster
        self.rng = random.Random(seed)
        self.troubles = troubles
        self.killed: dict[str, int] = {"agent": 0, "dbserver": 0, "coordinator": 0}
        cluster.create("ledger", numberOfShards=shards, replicationFactor=2, waitForSync=synced)
        self.ledger = WriteLedger(
            lambda: cluster.coordinators, collection="ledger", seed=seed, writers=writers, synced=synced
        )

    def close(self) -> None:
        """Stop the writers."""
        self.ledger.close()

    def _candidates(self, role: str) -> list[StandinServer]:
        """Return the servers of a role: agent, dbserver, coordinator; or the leader or followers of the first shard."""
        if role in ("leader", "follower"):
            plan = next(iter(self.cluster.distribution("ledger")["Plan"].values()))
            names = [plan["leader"]] if role == "leader" else plan["followers"]
            return [self.cluster.server_of(name) for name in names]
        return {"agent": self.cluster.agents, "coordinator": self.cluster.coordinators}.get(
            role, self.cluster.dbservers
        )

    def round(self, role: str | None = None) -> str:
        """Kill a random server (of a role, see `_candidates`) at a random instant, and bring it back.

        Unless a role is asked for, now and then a second one of another role dies with it, or the first dies again
        while it starts.
        """
        rng = self.rng
        alone = role is not None
        role = role or rng.choice(["agent", "dbserver", "dbserver", "dbserver", "coordinator"])
        victim = rng.choice(self._candidates(role))
        goal = self.ledger.total + rng.randint(1, 60)
        wait_until(lambda: self.ledger.total >= goal, f"acknowledged writes before the kill of {role}", _PROGRESS_S)
        time.sleep(rng.uniform(0, 0.05))  # any instant, not only that of an acknowledgement
        trouble = rng.choice(self.troubles) if len(self.troubles) > 1 else self.troubles[0]
        if trouble != "kill":
            self._disturb(victim, trouble, rng.choice([0.2, 1.2, 2.5, 4.5]))
            self.wait_whole()
            return f"{victim.folder.name} {trouble}"
        victim.kill()
        self.killed[role] = self.killed.get(role, 0) + 1
        other_role = rng.choice([name for name in ("agent", "dbserver", "coordinator") if name != role])
        others = [rng.choice(self._candidates(other_role))] if rng.random() < 0.3 and not alone else []
        for other in others:
            other.kill()
            self.killed[other_role] += 1
        # back at once, before the failover, or after it; then perhaps killed again while it catches up
        time.sleep(rng.choice([0, 0, 0.3, 1.0, 4.0]))
        victim.start()
        for other in others:
            other.start()
        again = rng.random() < 0.25 and not alone
        if again:
            time.sleep(rng.uniform(0, 0.6))
            victim.kill()
            self.killed[role] += 1
            victim.start()
        self.wait_whole()
        names = [victim.folder.name + (" twice" if again else ""), *[other.folder.name for other in others]]
        return " and ".join(names)

    @staticmethod
    def _disturb(victim: StandinServer, trouble: str, duration_s: float) -> None:
        """Freeze a server, or cut it off from the others, for a while."""
        if trouble == "freeze":
            victim.signal(signal.SIGSTOP)
            time.sleep(duration_s)
            victim.signal(signal.SIGCONT)
        else:
            assert victim.call("PUT", CUT_OFF).status == 200
            time.sleep(duration_s)
            assert victim.call("DELETE", CUT_OFF).status == 200

    def wait_whole(self) -> None:
        """Wait until all servers are healthy and all copies in sync."""
        wait_until(lambda: self.cluster.front.call("GET", "/_admin/server/availability").status == 200,
                   "a coordinator", _HEALTHY_S)  # fmt: skip
        self.cluster.wait_good(timeout_s=_HEALTHY_S)
        self.cluster.wait_in_sync("ledger", timeout_s=_HEALTHY_S)

    def judge(self) -> list[str]:
        """Stop the writers and return everything that is wrong: lost or resurrected documents, copies that differ."""
        self.ledger.close()
        self.wait_whole()
        wrong = self.ledger.judge(self.cluster.front.aql("FOR d IN ledger RETURN d"))
        for shard, copies in self.copies().items():
            if len({str(copy) for copy in copies.values()}) > 1:
                wrong.append(f"the copies of {shard} differ: {copies}")
        return wrong

    def copies(self) -> dict[str, dict[str, Any]]:
        """Return count and checksum of every copy of every shard, by shard and server."""
        found: dict[str, dict[str, Any]] = {}
        for shard, plan in self.cluster.distribution("ledger")["Plan"].items():
            path = f"/_api/collection/{shard}"
            for name in (plan["leader"], *plan["followers"]):
                server = self.cluster.server_of(name)
                checksum = server.call("GET", f"{path}/checksum?withRevisions=true&withData=true").body["checksum"]
                count = server.call("GET", f"{path}/count").body["count"]
                found.setdefault(shard, {})[name] = {"checksum": checksum, "count": count}
        return found
