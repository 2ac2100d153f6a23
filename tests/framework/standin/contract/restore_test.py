"""The routes that arangorestore writes through, and what is left of the replication applier."""

from __future__ import annotations

import json
from typing import Any

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer

_PATH = "/_api/replication"


def _structure(name: str, **parameters: Any) -> dict[str, Any]:
    return {"parameters": {"name": name, "type": 2, **parameters}, "indexes": []}


def _data(*documents: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(document).encode() for document in documents)


@feature("Replication", "restore-collection")
def test_collections(server: StandinServer, name: str) -> None:
    """A structure makes a collection; one that is there is replaced only with overwrite."""
    path = f"{_PATH}/restore-collection"
    made = server.call("PUT", path, _structure(name, type=3, keyOptions={"type": "autoincrement"}))
    assert (made.status, made.body["result"]) == (200, True)
    properties = server.call("GET", f"/_api/collection/{name}/properties").body
    assert (properties["type"], properties["keyOptions"]["type"]) == (3, "autoincrement")
    assert server.call("PUT", path, _structure(name)).body["errorNum"] == 1207
    assert server.call("PUT", f"{path}?overwrite=true", _structure(name)).status == 200
    assert server.call("GET", f"/_api/collection/{name}").body["type"] == 2
    assert server.call("PUT", path, {"parameters": {}}).body["errorNum"] == 10


@feature("Replication", "restore-data")
def test_data(server: StandinServer, collection: str) -> None:
    """Lines are documents, bare or in envelopes; keys that are there are replaced, removals are obeyed."""
    path = f"{_PATH}/restore-data?collection={collection}"
    lines = _data({"_key": "a", "_rev": "_x", "n": 1}, {"type": 2300, "data": {"_key": "b", "n": 1}}, {"_key": "c"})
    assert server.call("PUT", path, lines).body["result"] is True
    more = _data({"_key": "a", "n": 2}, {"type": 2302, "key": "c"})
    assert server.call("PUT", path, more).status == 200
    found = server.aql("FOR doc IN @@c SORT doc._key RETURN [doc._key, doc.n]", **{"@c": collection})
    assert found == [["a", 2], ["b", 1]]
    assert server.call("PUT", path, b"nonsense").body["errorNum"] == 600
    assert server.call("PUT", path, _data({"n": 1})).status == 400
    missing = server.call("PUT", f"{_PATH}/restore-data?collection=missing", lines)
    assert (missing.status, missing.body["errorNum"]) == (404, 1203)


@feature("Replication", "restored keys, computed values and schemas are taken as they are")
def test_data_that_clients_could_not_write(server: StandinServer, name: str) -> None:
    """A restore may set keys that clients may not, and neither computes nor validates anything."""
    rule = {"rule": {"properties": {"n": {"type": "number"}}}, "level": "strict", "message": "n must be a number"}
    computed = [{"name": "made", "expression": "RETURN 'now'", "overwrite": True, "computeOn": ["insert"]}]
    structure = _structure(name, keyOptions={"allowUserKeys": False}, schema=rule, computedValues=computed)
    assert server.call("PUT", f"{_PATH}/restore-collection", structure).status == 200
    assert server.call("POST", f"/_api/document/{name}", {"_key": "k"}).status == 400
    line = _data({"_key": "k", "n": "text", "made": "then"})
    assert server.call("PUT", f"{_PATH}/restore-data?collection={name}", line).status == 200
    assert server.call("GET", f"/_api/document/{name}/k").body["made"] == "then"


@feature("Replication", "restore-indexes")
def test_indexes(server: StandinServer, collection: str) -> None:
    """Indexes of a structure are made once; types of older releases become persistent."""
    indexes = [
        {"id": "0", "type": "primary", "fields": ["_key"], "name": "primary", "unique": True, "sparse": False},
        {"id": "99", "type": "hash", "fields": ["a"], "name": "byA", "unique": False, "sparse": False},
    ]
    structure = {**_structure(collection), "indexes": indexes}
    for _ in range(2):
        assert server.call("PUT", f"{_PATH}/restore-indexes", structure).status == 200
    shown = server.call("GET", f"/_api/index?collection={collection}").body["indexes"]
    assert [(index["type"], index["name"]) for index in shown] == [("primary", "primary"), ("persistent", "byA")]


@feature("Replication", "restore-view")
def test_views(server: StandinServer, name: str) -> None:
    """A view's definition is restored, and replaced only with overwrite."""
    definition = {"name": name, "type": "search-alias", "indexes": []}
    path = f"{_PATH}/restore-view"
    assert server.call("PUT", path, definition).status == 200
    assert server.call("PUT", path, definition).body["errorNum"] == 1207
    assert server.call("PUT", f"{path}?overwrite=true", definition).status == 200
    assert server.call("GET", f"/_api/view/{name}").body["type"] == "search-alias"


@feature("Replication", "applier configuration and state", "definition only")
def test_the_applier(single_server: StandinServer) -> None:
    """The configuration is kept, and the state says that nothing runs and why."""
    server = single_server
    wanted = {"endpoint": "tcp://127.0.0.1:9", "database": "_system", "password": "secret", "verbose": True}
    shown = server.call("PUT", f"{_PATH}/applier-config", wanted).body
    assert (shown["endpoint"], shown["verbose"], "password" in shown) == (wanted["endpoint"], True, False)
    assert server.call("PUT", f"{_PATH}/applier-config", {"verbose": "yes"}).body["errorNum"] == 10
    state = server.call("PUT", f"{_PATH}/applier-start").body["state"]
    assert (state["running"], state["lastError"]["errorNum"]) == (False, 9)
    assert server.call("GET", f"{_PATH}/applier-state").body["state"]["running"] is False
    assert server.call("GET", f"{_PATH}/server-id").body["serverId"].isdigit()


@feature("Replication", "copying another server's data (sync, make-follower)", "not there")
def test_synchronisation(single_server: StandinServer) -> None:
    """What would copy another server's data is refused."""
    for name in ("sync", "make-follower"):
        refused = single_server.call("PUT", f"{_PATH}/{name}", {"endpoint": "tcp://127.0.0.1:9"})
        assert (refused.status, refused.body["errorNum"]) == (501, 9)
