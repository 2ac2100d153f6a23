"""Broken and odd queries are answered or refused, and never fail in another way."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from arangod_standin.aql.executor import Executor
from arangod_standin.aql.explain import PlanShow
from arangod_standin.aql.expression_show import show_query
from arangod_standin.aql.parser import parse_query
from arangod_standin.errors import ArangoError
from arangod_standin.storage.catalog import Catalog
from arangod_standin.storage.engine import Engine
from arangod_standin.storage.local_backend import LocalBackend
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.framework.standin.aql.grammar_test import QUERIES

_TOKEN = re.compile(r"\s+|[A-Za-z_$@]+|\d+|'[^']*'|.")
_SPLIT = [_TOKEN.findall(query) for query in QUERIES]
_POOL = sorted({token for query in _SPLIT for token in query})
_PIECES = st.one_of(st.sampled_from(_POOL), st.text(max_size=2))
# where, how many tokens go, what comes
_CHANGES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 2), st.none() | _PIECES), max_size=4)
_LIMITS = {"maxRuntime": 2, "memoryLimit": 50_000_000}


def _changed(tokens: list[str], changes: list[tuple[int, int, str | None]]) -> str:
    tokens = list(tokens)
    for place, gone, piece in changes:
        start = place % (len(tokens) + 1)
        tokens[start : start + gone] = [] if piece is None else [" ", piece, " "]
    return "".join(tokens)


async def _ask(backend: LocalBackend, text: str, value: Any) -> None:
    """Parse, show, plan, explain and run a query; ArangoErrors are answers, too."""
    try:
        parsed = parse_query(text)
        json.dumps(show_query(parsed.query))
        bind = {name: "c" if name.startswith("@") else value for name in parsed.bind_names}
        executor = Executor(backend, "_system", bind, dict(_LIMITS))
        executor.prepare(text)
        json.dumps(PlanShow("_system", {}).show(executor.result))
        await executor.execute()
    except ArangoError:
        pass


@settings(
    max_examples=300, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(
    tokens=st.sampled_from(_SPLIT),
    changes=_CHANGES,
    value=st.sampled_from([1, "c/1", None, "name", [1, 2], {"a": 1}, "ASC"]),
)
def test_a_changed_query_is_answered_or_refused(
    tmp_path: Path, tokens: list[str], changes: list[tuple[int, int, str | None]], value: Any
) -> None:
    """Whatever is left out, put in or swapped: there is a result, or an error with ArangoDB's number."""
    folder = tempfile.mkdtemp(dir=tmp_path)
    engine = Engine(str(Path(folder) / "data.sqlite3"))
    backend = LocalBackend(Catalog(engine))
    backend.bootstrap()
    engine.commit()

    async def run() -> None:
        await backend.create_collection("_system", {"name": "e", "type": 3}, {})
        info = await backend.create_collection("_system", {"name": "c"}, {})
        await backend.execute(info, [{"op": "insert", "doc": {"_key": "1", "x": 1}}], {})
        await _ask(backend, _changed(tokens, changes), value)

    try:
        asyncio.run(run())
    finally:
        engine.close()
