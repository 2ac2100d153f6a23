"""The same case as in the Armadillo variants, with aiohttp by hand."""

from __future__ import annotations

import os
import time
from pathlib import Path

import aiohttp
from plain_servers import token


def stamp() -> None:
    """Writes down when the case began."""
    Path(os.environ["BENCH_STAMP"]).write_text(repr(time.time()))


async def test_a_document_can_be_read_back(address: str) -> None:
    """A stored document is what was stored."""
    stamp()
    async with aiohttp.ClientSession(
        f"http://{address}:8529", headers={"Authorization": f"bearer {token()}"}
    ) as session:
        async with session.post("/_api/collection", json={"name": "bench"}) as answer:
            assert answer.status == 200
        async with session.post("/_api/document/bench", json={"_key": "a", "value": 1}) as answer:
            assert answer.status in (201, 202)
        async with session.get("/_api/document/bench/a") as answer:
            assert (await answer.json())["value"] == 1
