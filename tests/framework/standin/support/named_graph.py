"""A named graph with one edge collection, and requests below its path."""

from __future__ import annotations

from typing import Any

from tests.framework.standin.support.standin_server import Answer, StandinServer


class NamedGraph:
    """A graph `<name>` with the edge collection `<name>_knows` from and to `<name>_people`."""

    def __init__(self, server: StandinServer, name: str) -> None:
        self.server = server
        self.name = name
        self.people = f"{name}_people"
        self.knows = f"{name}_knows"
        self.path = f"/_api/gharial/{name}"

    def create(self) -> NamedGraph:
        """Create the graph with its collections."""
        body = {"name": self.name, "edgeDefinitions": [self.definition]}
        answer = self.server.call("POST", "/_api/gharial", body)
        assert answer.status == 202, answer
        return self

    @property
    def definition(self) -> dict[str, Any]:
        """The edge definition."""
        return {"collection": self.knows, "from": [self.people], "to": [self.people]}

    def call(self, method: str, path: str = "", body: object = None, **headers: str) -> Answer:
        """Send a request below the graph's path."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.call(method, self.path + path, body, headers=given)

    def vertex(self, key: str) -> str:
        """Store a vertex; return its id."""
        answer = self.call("POST", f"/vertex/{self.people}", {"_key": key})
        assert answer.status == 202, answer
        return str(answer.body["vertex"]["_id"])

    def edge(self, source: str, target: str) -> str:
        """Store an edge; return its key."""
        answer = self.call("POST", f"/edge/{self.knows}", {"_from": source, "_to": target})
        assert answer.status == 202, answer
        return str(answer.body["edge"]["_key"])
