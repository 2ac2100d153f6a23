"""A user of a stand-in server, who asks with Basic credentials."""

from __future__ import annotations

import base64

from tests.framework.standin.support.standin_server import Answer, StandinServer


def basic(name: str, password: str) -> dict[str, str]:
    """Return the header of Basic credentials."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


class Person:
    """Someone with name and password; `call` sends requests as that user."""

    def __init__(self, server: StandinServer, name: str, password: str = "secret") -> None:
        self.server = server
        self.name = name
        self.password = password

    def register(self, **more: object) -> Person:
        """Have the superuser make the user."""
        body = {"user": self.name, "passwd": self.password, **more}
        answer = self.server.call("POST", "/_api/user", body)
        assert answer.status == 201, answer
        return self

    def grant(self, level: str, database: str, collection: str = "") -> Person:
        """Have the superuser grant a level."""
        path = f"/_api/user/{self.name}/database/{database}" + (f"/{collection}" if collection else "")
        answer = self.server.call("PUT", path, {"grant": level})
        assert answer.status == 200, answer
        return self

    def call(self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None) -> Answer:
        """Send a request as this user."""
        given = {**basic(self.name, self.password), **(headers or {})}
        return self.server.call(method, path, body, headers=given, login="none")

    def aql(self, database: str, query: str, **bind: object) -> Answer:
        """Run a query as this user."""
        return self.call("POST", f"/_db/{database}/_api/cursor", {"query": query, "bindVars": bind})
