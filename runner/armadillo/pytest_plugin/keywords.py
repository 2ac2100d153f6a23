"""Keyword expressions as pytest's `-k` understands them, for filters."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from _pytest.mark import KeywordMatcher
from _pytest.mark.expression import Expression

from .node_ids import workspace_relative
from .selection import fits, names_of_case


class Keywords:
    """Evaluates expressions over cases; a word holds as in `-k`, or when it is a name of the case."""

    def __init__(self, items: Sequence[pytest.Item]) -> None:
        self._items = items

    def evaluate(self, text: str) -> set[str]:
        """The node ids for which the expression holds; raises SyntaxError for what is none."""
        expression = Expression.compile(text)
        try:
            return {workspace_relative(item.nodeid) for item in self._items if expression.evaluate(_Matcher(item))}
        except pytest.UsageError as error:
            raise SyntaxError(str(error)) from error


class _Matcher:
    """pytest's ExpressionMatcher."""

    def __init__(self, item: pytest.Item) -> None:
        self._by_keyword = KeywordMatcher.from_item(item)
        self._names = names_of_case(workspace_relative(item.nodeid))

    def __call__(self, name: str, /, **kwargs: str | int | bool | None) -> bool:
        return self._by_keyword(name, **kwargs) or fits(name, self._names)
