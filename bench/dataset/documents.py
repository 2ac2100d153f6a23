"""The documents of this bench: about 200 bytes each, with a unique index."""

from __future__ import annotations

import os

from armadillo import Cluster, SingleServer

COUNT = int(os.environ["DOCUMENTS"])
_BATCH = 5000


async def fill(arango: Cluster | SingleServer) -> None:
    """Makes the collection and its index, and inserts the documents in batches."""
    system = arango.database()
    documents = await system.create_collection("documents")
    index = {"type": "persistent", "fields": ["number"], "unique": True}
    await system.client.post("/_api/index", json=index, params={"collection": "documents"})
    for start in range(0, COUNT, _BATCH):
        await documents.insert_many(
            [{"number": number, "text": f"{number:08}" * 16} for number in range(start, min(start + _BATCH, COUNT))]
        )
