"""The test cases of arangobench: what they prepare and which request comes n-th."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .failure import ServerError, ToolError

if TYPE_CHECKING:
    from .connection import Server
    from .options import Options

# Method, path, body and parameters of a request.
Request = tuple[str, str, Any, dict[str, Any]]
_NOT_FOUND = 1203


class BenchCase:
    """A test case; the base asks for the version. `work` documents its shape for the report."""

    needs_collection = False
    is_edge = False

    def __init__(self, options: Options) -> None:
        self.options = options
        self.collection: str = options["collection"]
        self.complexity = max(1, options["complexity"])
        self._sync = {"waitForSync": True} if options["wait-for-sync"] else {}

    def prepare(self, server: Server) -> None:
        """Make the collection. Raises ServerError."""
        if not self.needs_collection:
            return
        if self.options["create-collection"]:
            self._drop(server, self.collection)
            self.make_collection(server, self.collection, 3 if self.is_edge else 2)
        self.fill(server)

    def fill(self, server: Server) -> None:
        """Put into the collection what the case needs there."""

    def make_collection(self, server: Server, name: str, kind: int) -> None:
        """Make a collection with the shards and copies that the options ask for."""
        body: dict[str, Any] = {"name": name, "type": kind}
        if server.is_cluster():
            body["numberOfShards"] = self.options["number-of-shards"]
            body["replicationFactor"] = self.options["replication-factor"]
        server.call("POST", "/_api/collection", body)

    @staticmethod
    def _drop(server: Server, name: str) -> None:
        try:
            server.call("DELETE", f"/_api/collection/{name}")
        except ServerError as error:
            if error.number != _NOT_FOUND:
                raise

    def clean(self, server: Server) -> None:
        """Remove what was prepared."""
        if self.needs_collection and self.options["create-collection"]:
            self._drop(server, self.collection)

    def request(self, number: int) -> Request:
        """Return the request with this number, counted from 0."""
        return "GET", "/_api/version", None, {}

    def attributes(self, number: int) -> dict[str, Any]:
        """Return a document of the size that --complexity asks for."""
        return {f"value{place}": number if place % 2 else f"text{number}" for place in range(1, self.complexity + 1)}


class DocumentCase(BenchCase):
    """Inserts documents."""

    needs_collection = True

    def request(self, number: int) -> Request:
        """Insert a document without a key."""
        return "POST", f"/_api/document/{self.collection}", self.attributes(number), self._sync


class CollectionCase(BenchCase):
    """Makes and drops collections in turn."""

    def _name(self, number: int) -> str:
        return f"{self.collection}{number}"

    def request(self, number: int) -> Request:
        """Make a collection."""
        return "POST", "/_api/collection", {"name": self._name(number)}, {}

    def clean(self, server: Server) -> None:
        """Drop all collections with these names."""
        for info in server.call("GET", "/_api/collection").json()["result"]:
            if info["name"].startswith(self.collection) and info["name"][len(self.collection) :].isdigit():
                self._drop(server, info["name"])


class ImportCase(BenchCase):
    """Imports --complexity documents per request."""

    needs_collection = True

    def request(self, number: int) -> Request:
        """Import documents as lines."""
        lines = (json.dumps({"_key": f"i{number}-{n}", "value": n, "text": f"text{n}"}) for n in range(self.complexity))
        return "POST", "/_api/import", "\n".join(lines).encode(), {"collection": self.collection, "type": "documents"}


class IndexCase(BenchCase):
    """Writes and reads documents of a collection with a persistent index."""

    needs_collection = True

    def fill(self, server: Server) -> None:
        """Make the index."""
        body = {"type": "persistent", "fields": ["value1"]}
        server.call("POST", "/_api/index", body, parameters={"collection": self.collection})

    def request(self, number: int) -> Request:
        """Insert, then change, then read a document."""
        key, step = f"k{number // 3}", number % 3
        if step == 0:
            document = {**self.attributes(number), "_key": key}
            return "POST", f"/_api/document/{self.collection}", document, {"overwriteMode": "replace", **self._sync}
        query = "FOR doc IN @@c FILTER doc.value1 == @value LIMIT 1 RETURN doc"
        bind = {"@c": self.collection, "value": f"text{number}"}
        return "POST", "/_api/cursor", {"query": query, "bindVars": bind}, {}


class CrudCase(BenchCase):
    """Inserts, reads, updates, replaces and removes documents: the steps of each document follow each other.

    Threads share the numbers, so that a step may come before the one it needs; such an answer is no failure.
    """

    needs_collection = True
    steps: tuple[str, ...] = ("POST", "GET", "PATCH", "GET", "PUT", "GET", "DELETE")

    def request(self, number: int) -> Request:
        """Return the next step of a document."""
        key, step = f"k{number // len(self.steps)}", self.steps[number % len(self.steps)]
        path = f"/_api/document/{self.collection}"
        if step == "POST":
            return step, path, {**self.attributes(number), "_key": key}, {"overwriteMode": "replace", **self._sync}
        body = None if step in ("GET", "DELETE") else self.attributes(number)
        return step, f"{path}/{key}", body, {} if step == "GET" else self._sync


class CrudAppendCase(CrudCase):
    """Inserts, reads and updates, never removes."""

    steps = ("POST", "GET", "PATCH", "GET")


class CrudWriteReadCase(CrudCase):
    """Inserts and reads."""

    steps = ("POST", "GET")


class EdgeCase(BenchCase):
    """Inserts edges."""

    needs_collection = True
    is_edge = True

    def request(self, number: int) -> Request:
        """Insert an edge."""
        edge = {"_from": f"{self.collection}/v{number}", "_to": f"{self.collection}/v{number + 1}"}
        return "POST", f"/_api/document/{self.collection}", {**edge, **self.attributes(number)}, self._sync


class AqlInsertCase(BenchCase):
    """Inserts documents by AQL."""

    needs_collection = True

    def request(self, number: int) -> Request:
        """Insert a document."""
        bind = {"@c": self.collection, "doc": {**self.attributes(number), "_key": f"a{number}"}}
        return "POST", "/_api/cursor", {"query": "INSERT @doc INTO @@c", "bindVars": bind}, {}


class MultiCollectionCase(BenchCase):
    """Writes to one collection and counts another one."""

    needs_collection = True

    def fill(self, server: Server) -> None:
        """Make the second collection."""
        self._drop(server, self.collection + "2")
        self.make_collection(server, self.collection + "2", 2)

    def clean(self, server: Server) -> None:
        """Remove both."""
        super().clean(server)
        self._drop(server, self.collection + "2")

    def request(self, number: int) -> Request:
        """Write into both collections by one query."""
        query = "FOR doc IN [@doc] INSERT doc INTO @@a INSERT doc INTO @@b"
        bind = {"@a": self.collection, "@b": self.collection + "2", "doc": {"_key": f"m{number}"}}
        return "POST", "/_api/cursor", {"query": query, "bindVars": bind}, {}


class CustomQueryCase(BenchCase):
    """Runs a query of the user's."""

    def prepare(self, server: Server) -> None:
        """Read the query. Raises ToolError when there is none."""
        options = self.options
        self._query = options["custom-query"]
        if options["custom-query-file"]:
            with open(options["custom-query-file"], encoding="utf-8") as file:
                self._query = file.read()
        if not self._query.strip():
            raise ToolError("the test case custom-query needs --custom-query or --custom-query-file")
        try:
            self._bind = json.loads(options["custom-query-bindvars"] or "{}")
        except ValueError as error:
            raise ToolError(f"invalid --custom-query-bindvars: {error}", 4) from None

    def request(self, number: int) -> Request:
        """Run the query."""
        return "POST", "/_api/cursor", {"query": self._query, "bindVars": self._bind}, {}


CASES: dict[str, type[BenchCase]] = {
    "aqlinsert": AqlInsertCase,
    "collection": CollectionCase,
    "crud": CrudCase,
    "crud-append": CrudAppendCase,
    "crud-write-read": CrudWriteReadCase,
    "custom-query": CustomQueryCase,
    "document": DocumentCase,
    "edge": EdgeCase,
    "hash": IndexCase,
    "import-document": ImportCase,
    "multi-collection": MultiCollectionCase,
    "persistent": IndexCase,
    "persistent-index": IndexCase,
    "skiplist": IndexCase,
    "version": BenchCase,
}
"""The test cases by name."""
