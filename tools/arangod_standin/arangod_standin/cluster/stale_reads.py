"""The planted bug ``--standin.stale-read-after-failover``: a coordinator that does not notice a change of leaders.

What it once read from a shard's leader it goes on answering when another server leads the shard, as if it still had its
answers from the deposed one.
"""

from __future__ import annotations

from typing import Any

from ..http.message import encode_json

_READS = ("execute", "scan", "lookup", "statistics")
_REMEMBERED = 20_000


class StaleReads:
    """Answers of shard leaders by what was asked."""

    def __init__(self) -> None:
        self._answers: dict[tuple[str, str, bytes], tuple[str, Any]] = {}

    def find(self, shard: str, action: str, body: dict[str, Any], leader: str) -> tuple[Any] | None:
        """Return what a former leader answered, None when there is no former leader or answer."""
        found = self._answers.get((shard, action, encode_json(body)))
        return None if found is None or found[0] == leader else (found[1],)

    def note(self, shard: str, action: str, body: dict[str, Any], leader: str, answer: Any) -> None:
        """Remember the answer to a read."""
        if action in _READS and len(self._answers) < _REMEMBERED:
            self._answers[shard, action, encode_json(body)] = (leader, answer)
