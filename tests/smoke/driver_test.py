"""Any driver works with the endpoints alone; here the driver is Python's own HTTP client."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Mapping
from typing import Any

from armadillo import Cluster, Database, SingleServer


def call(arango: Cluster | SingleServer, method: str, path: str, body: object = None) -> Any:
    """One request as a driver of ArangoDB would send it: basic authentication, JSON."""
    login = base64.b64encode(f"root:{arango.root_password}".encode()).decode()
    request = urllib.request.Request(
        f"{arango.endpoints[0]}{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def test_a_driver_needs_an_endpoint_and_a_login(arango: Cluster | SingleServer) -> None:
    """The first endpoint answers a driver that knows nothing of this framework."""
    assert call(arango, "GET", "/_api/version")["server"] == "arango"


def test_what_a_driver_stores_at_once_is_there(
    arango: Cluster | SingleServer, database: Database, parameters: Mapping[str, int]
) -> None:
    """One request stores as many documents as the combination of the matrix says."""
    count = parameters["documents"]
    call(arango, "POST", f"/_db/{database.name}/_api/collection", {"name": "notes"})
    call(arango, "POST", f"/_db/{database.name}/_api/document/notes", [{"number": number} for number in range(count)])

    assert call(arango, "GET", f"/_db/{database.name}/_api/collection/notes/count")["count"] == count


def test_what_a_driver_stores_a_handle_finds(arango: Cluster | SingleServer, database: Database) -> None:
    """A document written by a driver is the one that the fixtures' handles read."""
    call(arango, "POST", f"/_db/{database.name}/_api/collection", {"name": "notes"})
    call(arango, "POST", f"/_db/{database.name}/_api/document/notes", {"_key": "a", "text": "by a driver"})

    assert database.blocking.collection("notes").get("a")["text"] == "by a driver"
