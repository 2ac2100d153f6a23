"""The log by HTTP: entries, levels, structured parameters."""

from __future__ import annotations

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.person import Person
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer

_FAMILY = "Logs"
_ORDER = ["FATAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE"]


@feature(_FAMILY, "GET /_admin/log/entries")
def test_entries_can_be_chosen(server: StandinServer) -> None:
    """Entries are chosen by level, text, start, size and order."""
    body = server.call("GET", "/_admin/log/entries").body
    assert body["total"] == len(body["messages"]) > 0
    assert {"id", "topic", "level", "date", "message"} == set(body["messages"][0])
    assert any("ready for business" in entry["message"] for entry in body["messages"])
    only = server.call("GET", "/_admin/log/entries?level=info&search=READY%20FOR").body["messages"]
    assert {entry["level"] for entry in only} == {"INFO"}
    down = server.call("GET", "/_admin/log/entries?sort=desc&size=2&offset=1").body["messages"]
    assert [entry["id"] for entry in down] == sorted((entry["id"] for entry in down), reverse=True)
    last = down[0]["id"]
    assert all(e["id"] >= last for e in server.call("GET", f"/_admin/log/entries?start={last}").body["messages"])
    above = server.call("GET", "/_admin/log/entries?upto=error").body["messages"]
    assert all(_ORDER.index(entry["level"]) <= 1 for entry in above)
    assert server.call("GET", "/_admin/log/entries?upto=loud").status == 400


@feature(_FAMILY, "GET /_admin/log")
def test_the_old_form_has_parallel_arrays(server: StandinServer) -> None:
    """The form before 4.0 has the same entries in columns."""
    body = server.call("GET", "/_admin/log?size=3").body
    assert {"lid", "level", "timestamp", "text", "topic", "totalAmount"} == set(body)
    assert len(body["lid"]) == len(body["text"]) == len(body["level"]) <= 3


@feature(_FAMILY, "GET, PUT, DELETE /_admin/log/level")
def test_levels_can_be_changed_and_reset(server: StandinServer) -> None:
    """PUT changes what it names and shows all; DELETE goes back to those of the start."""
    before = server.call("GET", "/_admin/log/level").body
    changed = server.call("PUT", "/_admin/log/level", {"agency": "DEBUG", "threads": "warn"}).body
    assert (changed["agency"], changed["threads"], changed["engines"]) == ("DEBUG", "WARNING", before["engines"])
    assert server.call("GET", "/_admin/log/level").body == changed
    assert server.call("PUT", "/_admin/log/level", {"agency": "loud"}).body["errorNum"] == 10
    assert server.call("DELETE", "/_admin/log/level").body == before
    assert server.call("GET", "/_admin/log/level?withAppenders=true").body["global"] == before


@feature(_FAMILY, "levels of another server (serverId)")
def test_a_coordinator_asks_other_servers(cluster: StandinCluster) -> None:
    """With serverId the levels and entries are those of that server."""
    server = next(s for s, record in cluster.health().items() if record["Role"] == "DBServer")
    path = f"/_admin/log/level?serverId={server}"
    assert cluster.front.call("PUT", path, {"replication": "DEBUG"}).body["replication"] == "DEBUG"
    assert cluster.front.call("GET", path).body["replication"] == "DEBUG"
    assert cluster.front.call("GET", "/_admin/log/level").body["replication"] == "INFO"
    assert cluster.front.call("DELETE", path).body["replication"] == "INFO"
    assert cluster.front.call("GET", "/_admin/log/level?serverId=PRMR-unknown").status == 404


@feature(_FAMILY, "GET, PUT /_admin/log/structured", "definition only")
def test_structured_parameters_are_kept(server: StandinServer) -> None:
    """What is set to false is not shown any more; unknown names are ignored."""
    on = server.call("PUT", "/_admin/log/structured", {"database": True, "url": True, "nonsense": True}).body
    assert on == {"database": True, "url": True}
    assert server.call("PUT", "/_admin/log/structured", {"url": False}).body == {"database": True}
    assert server.call("GET", "/_admin/log/structured").body == {"database": True}
    assert server.call("PUT", "/_admin/log/structured", {"database": False}).body == {}


@feature(_FAMILY, "for administrators only")
def test_the_log_is_closed_to_plain_users(server: StandinServer, name: str) -> None:
    """Without rw on _system there is nothing to see."""
    person = Person(server, name).register().grant("ro", "_system")
    for path in ("entries", "level", "structured"):
        assert person.call("GET", f"/_admin/log/{path}").body["errorNum"] == 11
