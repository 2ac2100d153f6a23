"""Planning of data modification: what may be written when, and what a write must give back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from .ast import Modify, Upsert
from .ast_walk import variables_of
from .steps import ModifyStep, UpsertStep

if TYPE_CHECKING:
    from collections.abc import Callable

    from .ast import Clause, Expression, Query
    from .compiler import Compiler


class WritePlanner:
    """Makes the steps of data modification and watches what is read after it was written."""

    def __init__(self, compiler: Compiler, constant_options: Callable[[Expression | None], dict[str, Any]]) -> None:
        self._compiler = compiler
        self._options = constant_options
        self._read: set[str] = set()
        self.written: set[str] = set()
        self.exclusive: set[str] = set()

    def enter(self, query: Query) -> None:
        """Begin a query or subquery."""

    def reads(self, name: str) -> None:
        """Note that a collection is read from here on. Raises ArangoError 1579 when it was written before."""
        if name in self.written:
            raise ArangoError(
                errors.QUERY_ACCESS_AFTER_MODIFICATION,
                f"AQL: access after data-modification by collection '{name}' (while optimizing ast)",
            )
        self._read.add(name)

    def step(self, clause: Modify | Upsert, following: list[Clause], has_rows: bool) -> ModifyStep:
        """Return the step of a modification. Raises ArangoError 1539, 1553, 1575, 1579."""
        name = self._compiler.collection_of(clause.collection)
        compile_ = self._compiler.compile
        step: ModifyStep
        if isinstance(clause, Upsert):
            step = upsert = UpsertStep(clause, clause.kind, name)
            upsert.search = compile_(clause.search) if clause.search is not None else None
            upsert.condition = compile_(clause.condition) if clause.condition is not None else None
            upsert.document = compile_(clause.document)
            upsert.change = compile_(clause.change)
        else:
            step = ModifyStep(clause, clause.kind, name)
            step.key = compile_(clause.key) if clause.key is not None else None
            step.document = compile_(clause.document) if clause.document is not None else None
        step.options = self._options(clause.options)
        used = set().union(*(variables_of(later) for later in following)) if following else set()
        gathers = any(getattr(later, "into", None) for later in following)
        step.uses_old = gathers or "OLD" in used
        step.uses_new = gathers or "NEW" in used
        step.gathers = has_rows and name in self._read
        if name in self.written:
            raise ArangoError(
                errors.QUERY_ACCESS_AFTER_MODIFICATION,
                f"AQL: access after data-modification by collection '{name}' (while optimizing ast)",
            )
        self.written.add(name)
        if step.options.get("exclusive"):
            self.exclusive.add(name)
        return step
