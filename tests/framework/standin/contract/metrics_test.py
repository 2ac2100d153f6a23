"""Metrics in Prometheus' text format, and the statistics of 3.12."""

from __future__ import annotations

import re

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_cluster import StandinCluster
from tests.framework.standin.support.standin_server import StandinServer

_FAMILY = "Metrics"
_SAMPLE = re.compile(r'([a-z_0-9]+)(?:\{([a-z]+="[^"]*",?)*\})? (-?[0-9.e+-]+)')


def _samples(server: StandinServer, path: str = "/_admin/metrics") -> dict[str, float]:
    answer = server.call("GET", path)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found = {}
    for line in str(answer.body).splitlines():
        if not line.startswith("#"):
            match = _SAMPLE.fullmatch(line)
            assert match is not None, line
            found[line.rpartition(" ")[0]] = float(match[3])
    return found


@feature(_FAMILY, "GET /_admin/metrics, /_admin/metrics/v2")
def test_every_sample_has_help_and_type(server: StandinServer) -> None:
    """The page is well-formed, and each name is explained before its samples."""
    text = str(server.call("GET", "/_admin/metrics/v2", login="basic").body)
    explained = set(re.findall(r"^# TYPE (\S+) (?:counter|gauge|histogram)$", text, re.M))
    assert explained == set(re.findall(r"^# HELP (\S+) ", text, re.M))
    for name in _samples(server):
        assert re.sub(r"(_bucket|_count|_sum)?(\{.*)?$", "", name) in explained or name in explained, name


@feature(_FAMILY, "counters of requests")
def test_requests_are_counted(server: StandinServer) -> None:
    """Each request counts once in total, by its method and in the histograms."""
    prefix = "arangodb_http_request_statistics"
    before = _samples(server)
    for _ in range(5):
        server.call("GET", "/_api/version", login="basic")
    server.call("PUT", "/_admin/server/mode", {"mode": "default"})
    after = _samples(server)

    def grown(name: str) -> float:
        return after[name] - before[name]

    assert grown(f"{prefix}_http_get_requests_total") >= 6
    assert grown(f"{prefix}_http_put_requests_total") == 1
    assert grown(f"{prefix}_user_requests_total") >= 5
    assert grown("arangodb_client_connection_statistics_total_time_count") == grown(f"{prefix}_total_requests_total")


@feature(_FAMILY, "connections, process, disk")
def test_the_process_is_described(server: StandinServer) -> None:
    """Memory, threads, connections and disk have figures that can be true."""
    found = _samples(server)
    assert 1e6 < found["arangodb_process_statistics_resident_set_size"] < 1e10
    assert found["arangodb_process_statistics_number_of_threads"] >= 1
    assert found["arangodb_client_connection_statistics_client_connections"] >= 1
    assert found["rocksdb_free_disk_space"] > 0
    assert found["arangodb_metadata_number_of_databases"] >= 1


@feature(_FAMILY, "cursors, collections")
def test_open_cursors_are_counted(server: StandinServer, collection: str) -> None:
    """An open cursor is counted until it is deleted."""
    before = _samples(server)["arangodb_aql_cursors_active"]
    body = {"query": "FOR i IN 1..10 RETURN i", "batchSize": 2}
    cursor = server.call("POST", "/_api/cursor", body).body["id"]
    assert _samples(server)["arangodb_aql_cursors_active"] == before + 1
    server.call("DELETE", f"/_api/cursor/{cursor}")
    assert _samples(server)["arangodb_aql_cursors_active"] == before


@feature(_FAMILY, "transactions")
def test_transactions_are_counted(server: StandinServer, collection: str) -> None:
    """Transactions count when they begin and when they end, by how they end."""
    body = {"collections": {"write": [collection]}}

    def begin() -> str:
        return str(server.call("POST", "/_api/transaction/begin", body).body["result"]["id"])

    server.call("PUT", f"/_api/transaction/{begin()}")
    before = _samples(server)
    server.call("PUT", f"/_api/transaction/{begin()}")
    server.call("DELETE", f"/_api/transaction/{begin()}")
    after = _samples(server)
    grown = {
        name: after[f"arangodb_transactions_{name}_total"] - before[f"arangodb_transactions_{name}_total"]
        for name in ("started", "committed", "aborted")
    }
    assert grown == {"started": 2, "committed": 1, "aborted": 1}


@feature(_FAMILY, "agency")
def test_agents_tell_their_term(cluster: StandinCluster) -> None:
    """An agent tells term and commit index."""
    found = _samples(cluster.agents[0])
    assert found["arangodb_agency_term"] >= 1
    assert found["arangodb_agency_commit_index"] > 0
    assert found["arangodb_agency_leading"] == 1


@feature(_FAMILY, "metrics of another server (serverId)")
def test_metrics_of_another_server(cluster: StandinCluster) -> None:
    """A coordinator gets the page of a dbserver, with its shards."""
    server = next(s for s, record in cluster.health().items() if record["Role"] == "DBServer")
    assert _samples(cluster.front, f"/_admin/metrics?serverId={server}")["arangodb_shards_number"] > 0
    assert cluster.front.call("GET", "/_admin/metrics?serverId=PRMR-unknown").status == 404


@feature("Statistics", "GET /_admin/statistics, /_admin/statistics-description")
def test_statistics_are_as_described(server: StandinServer) -> None:
    """Each figure that is described is there, distributions with a count per cut and one more."""
    current = server.call("GET", "/_admin/statistics", login="basic").body
    described = server.call("GET", "/_admin/statistics-description").body
    assert current["enabled"] is True
    groups = {group["group"] for group in described["groups"]}
    assert groups == {"system", "client", "http", "server"}
    for figure in described["figures"]:
        value = current[figure["group"]][figure["identifier"]]
        if figure["type"] == "distribution":
            assert len(value["counts"]) == len(figure["cuts"]) + 1
            assert sum(value["counts"]) == value["count"]
        else:
            assert value >= 0
