"""Random queries give what a naive model of AQL says, with indexes and without."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from arangod_standin.aql.executor import Executor
from arangod_standin.storage.catalog import Catalog
from arangod_standin.storage.engine import Engine
from arangod_standin.storage.local_backend import LocalBackend
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.framework.standin.aql.query_model import BINARY, Document, Expression, QueryModel, is_true, order

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([-1.5, 0.5, 2.0]),
    st.sampled_from(["", "a", "b", "ab", "2"]),
)
_OBJECTS = st.dictionaries(st.sampled_from("xy"), _SCALARS, max_size=2)
_VALUES = st.one_of(_SCALARS, st.lists(_SCALARS, max_size=2), _OBJECTS)
_DOCUMENTS = st.lists(
    st.dictionaries(st.sampled_from("npq"), st.one_of(_SCALARS, _VALUES), max_size=3), min_size=0, max_size=12
)
_COMPARISONS = ["==", "!=", "<", "<=", ">", ">="]


def _attribute(name: str) -> Expression:
    return Expression(f"d.{name}", lambda d: d.get(name))


def _literal(value: Any) -> Expression:
    return Expression(json.dumps(value), lambda d: value)


def _binary(operator: str, left: Expression, right: Expression) -> Expression:
    compute = BINARY[operator]
    return Expression(f"({left.text} {operator} {right.text})", lambda d: compute(left.value(d), right.value(d)))


def _ternary(condition: Expression, yes: Expression, no: Expression) -> Expression:
    return Expression(
        f"({condition.text} ? {yes.text} : {no.text})",
        lambda d: yes.value(d) if is_true(condition.value(d)) else no.value(d),
    )


def _extend(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    return st.one_of(
        st.builds(_binary, st.sampled_from(sorted(BINARY)), inner, inner),
        st.builds(_ternary, inner, inner, inner),
        st.builds(lambda part: Expression(f"(NOT {part.text})", lambda d: not is_true(part.value(d))), inner),
        st.builds(lambda part: Expression(f"[{part.text}]", lambda d: [part.value(d)]), inner),
        st.builds(lambda part: Expression(f"{{x: {part.text}}}.x", part.value), inner),
    )


_LEAVES = st.one_of(st.sampled_from("npq").map(_attribute), _VALUES.map(_literal))
_EXPRESSIONS = st.recursive(_LEAVES, _extend, max_leaves=5)
# conditions that an index can answer come often enough to matter
_INDEXABLE = st.one_of(
    st.builds(_binary, st.sampled_from(_COMPARISONS), st.sampled_from("np").map(_attribute), _VALUES.map(_literal)),
    st.builds(
        lambda name, values: _binary("IN", _attribute(name), _literal(values)),
        st.sampled_from("np"),
        st.lists(_SCALARS, max_size=3),
    ),
)
_QUERIES = st.builds(
    QueryModel,
    filters=st.lists(st.one_of(_INDEXABLE, _INDEXABLE, _EXPRESSIONS), max_size=3),
    sort=st.lists(st.tuples(st.one_of(st.sampled_from("np").map(_attribute), _EXPRESSIONS), st.booleans()), max_size=2),
    limit=st.none() | st.tuples(st.integers(0, 3), st.integers(0, 5)),
    group=st.none() | _EXPRESSIONS,
    result=_EXPRESSIONS,
)
_INDEXES = (["n"], ["p", "n"])


def _index(fields: list[str], *, sparse: bool) -> dict[str, Any]:
    name = "_".join(fields) + ("_sparse" if sparse else "")
    return {"type": "persistent", "name": name, "id": name, "fields": fields, "unique": False, "sparse": sparse,
            "deduplicate": True, "estimates": True}  # fmt: skip


async def _answers(path: str, documents: list[Document], query: QueryModel) -> list[tuple[str, list[Any], list[Any]]]:
    """Return what the query gives without indexes, with dense and with sparse ones, beside the stored documents."""
    engine = Engine(path)
    backend = LocalBackend(Catalog(engine))
    backend.bootstrap()
    engine.commit()
    try:
        info = await backend.create_collection("_system", {"name": "c"}, {})
        operations = [{"op": "insert", "doc": {"_key": f"k{n}", **body}} for n, body in enumerate(documents)]
        await backend.execute(info, operations, {})
        stored = await backend.scan(info)
        found = []
        for kind in ("none", "dense", "sparse"):
            if kind != "none":
                for fields in _INDEXES:
                    await backend.create_index(info, _index(fields, sparse=kind == "sparse"))
                info = backend.collection("_system", "c")
            result = await Executor(backend, "_system", {}, {}).run(query.text)
            found.append((kind, result.values, stored))
            for index in list(info.properties.get("indexes") or ()):
                await backend.drop_index(info, index)
        return found
    finally:
        engine.close()


def _same(left: list[Any], right: list[Any]) -> bool:
    return len(left) == len(right) and all(order(a, b) == 0 for a, b in zip(left, right, strict=True))


def _is_part(values: list[Any], whole: list[Any]) -> bool:
    """Say whether each of some values can be matched with one of its own in another list."""
    rest = list(whole)
    for value in values:
        place = next((n for n, other in enumerate(rest) if order(value, other) == 0), None)
        if place is None:
            return False
        del rest[place]
    return True


def _agrees(query: QueryModel, values: list[Any], documents: list[Document]) -> bool:
    expected = query.evaluate(documents)
    if query.limit is None or query.sort:
        if query.is_ordered:
            return _same(values, expected)
        return len(values) == len(expected) and _is_part(values, expected)
    # LIMIT without SORT may choose any rows: so many of the right ones
    everything = QueryModel(query.filters, [], None, query.group, query.result).evaluate(documents)
    if query.group is not None:
        return int(sum(value[1] for value in values)) == int(sum(value[1] for value in expected))
    return len(values) == len(expected) and _is_part(values, everything)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents=_DOCUMENTS, query=_QUERIES)
def test_queries_give_what_the_model_says(documents: list[Document], query: QueryModel) -> None:
    """FILTER, SORT, LIMIT, COLLECT and all operators agree with the model, whatever indexes there are."""
    with tempfile.TemporaryDirectory() as directory:
        path = str(Path(directory) / "data.sqlite3")
        for kind, values, stored in asyncio.run(_answers(path, documents, query)):
            assert _agrees(query, values, stored), (kind, query.text, values, query.evaluate(stored))


@pytest.mark.parametrize("change", ["n", "p"])
def test_the_model_notices_a_wrong_answer(change: str) -> None:
    """A result that lacks a row, or has a row too many, does not agree with the model."""
    documents: list[Document] = [{"_key": "k0", change: 1}, {"_key": "k1", change: 2}]
    query = QueryModel([_binary(">", _attribute(change), _literal(0))], [], None, None, _attribute(change))
    matches: Callable[[list[Any]], bool] = lambda values: _agrees(query, values, documents)  # noqa: E731

    assert matches([2, 1])
    assert not matches([1])
    assert not matches([1, 2, 2])
    assert not matches([1, 3])
