"""Levels of isolation, and which anomalies each of them forbids.

The names are Adya's ("Weak Consistency: A Generalized Theory and Optimistic Implementations for Distributed
Transactions", 1999) as Elle uses them (Kingsbury and Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
Observations", VLDB 2020).
"""

from __future__ import annotations

import enum

G0 = "write cycle (G0)"
G1C = "circular information flow (G1c)"
G_SINGLE = "read skew (G-single)"
G_NONADJACENT = "long fork (G-nonadjacent)"
G2_ITEM = "write skew (G2-item)"
WITH_TIME = " against the order of time"
"""Behind a cycle's name: it is one only with the edges of sessions or real time."""


class Level(enum.StrEnum):
    """What transactions promise each other; each level forbids what the one before forbids, and more."""

    READ_COMMITTED = "read_committed"
    """No write cycles, no reads of what was aborted, intermediate or circular."""
    SNAPSHOT_ISOLATION = "snapshot_isolation"
    """Each transaction reads one committed state; write skew is allowed. What ArangoDB promises within one shard."""
    SERIALIZABLE = "serializable"
    """As if one transaction ran after the other. Operations on single documents are that."""

    @property
    def forbidden(self) -> tuple[str, ...]:
        """Names of the cycles that must not be there, the worst first."""
        cycles = (G0, G1C, G_SINGLE, G_NONADJACENT, G2_ITEM)
        return cycles[: {"read_committed": 2, "snapshot_isolation": 4, "serializable": 5}[self.value]]
