"""Histories by hand: a line for each operation, times in whole numbers."""

from __future__ import annotations

from typing import Any

from armadillo.workload.history import History
from armadillo.workload.operation import Operation, OperationOutcome

OK, FAIL, UNKNOWN = OperationOutcome.OK, OperationOutcome.FAIL, OperationOutcome.UNKNOWN


class Story:
    """Collects operations; each has a process and the times of its beginning and its end."""

    def __init__(self, workload: str, **settings: Any) -> None:
        self._workload = workload
        self._settings = settings
        self.operations: list[Operation] = []

    def did(  # noqa: PLR0917 - a row of a table
        self,
        process: int,
        kind: str,
        key: str,
        value: Any,
        begin: int,
        end: int | None,
        *,
        outcome: OperationOutcome = OK,
        result: Any = None,
    ) -> Operation:
        """One operation; without an end it was never answered."""
        if end is None:
            outcome = UNKNOWN
        made = Operation(len(self.operations), process, kind, key, value, "", begin, end, outcome, result)
        self.operations.append(made)
        return made

    def transaction(
        self,
        process: int,
        steps: list[list[Any]],
        begin: int,
        end: int | None,
        outcome: OperationOutcome = OK,
    ) -> Operation:
        """A list-append transaction; reads are given with what they read."""
        asked = [[kind, key, None if kind == "read" else value] for kind, key, value in steps]
        result = steps if outcome is OK and end is not None else None
        return self.did(process, "transaction", "", asked, begin, end, outcome=outcome, result=result)

    def history(self) -> History:
        """The history, in the order of beginnings."""
        operations = sorted(self.operations, key=lambda one: one.invoked_ns)
        for index, operation in enumerate(operations):
            operation.index = index
        return History(self._workload, tuple(operations), settings=self._settings)
