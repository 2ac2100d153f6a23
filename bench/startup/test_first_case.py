"""One case whose start is stamped, for measuring what stands between the command and the first case."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any


def stamp() -> None:
    """Writes down when the case began."""
    path = os.environ.get("BENCH_STAMP") or os.path.join(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"], "stamp")
    Path(path).write_text(repr(time.time()))


async def test_a_document_can_be_read_back(arango: Any) -> None:
    """A stored document is what was stored."""
    stamp()
    await arango.client.post("/_api/collection", json={"name": "bench"})
    await arango.client.post("/_api/document/bench", json={"_key": "a", "value": 1})
    answer = await arango.client.get("/_api/document/bench/a")
    assert answer.body["value"] == 1
