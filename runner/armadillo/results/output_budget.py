"""What cases print and say, kept in bounds: it goes into the event log and results.json, which are never cut.

Of failed cases pytest shows all of it in test.log. The bounds are applied where events come in, so that a test process
in any language has the same.
"""

from __future__ import annotations

from armadillo_api.v1 import result_pb2

from ..model.bounded_text import CASE_CAP_CHARACTERS, shortened

RUN_BUDGET_CHARACTERS = 64 * 1024 * 1024
"""Of all cases together; when it is used up, each text has the small cap."""
SMALL_CAP_CHARACTERS = 4 * 1024


class OutputBudget:
    """Counts what has come in and shortens what is too much; `left` is in characters."""

    def __init__(self, left: int = RUN_BUDGET_CHARACTERS) -> None:
        self.left = left

    def trim(self, event: result_pb2.Event) -> None:
        """Shortens the texts of an event about a case in place; others stay as they are."""
        kind = event.WhichOneof("kind")
        if kind not in ("case_finished", "case_attempt_failed"):
            return
        case = getattr(event, kind)
        for name in ("text", "captured_output"):
            kept = shortened(getattr(case, name), max(min(CASE_CAP_CHARACTERS, self.left), SMALL_CAP_CHARACTERS))
            setattr(case, name, kept)
            self.left = max(self.left - len(kept), 0)
