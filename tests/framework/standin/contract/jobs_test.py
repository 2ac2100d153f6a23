"""Asynchronous jobs over HTTP."""

from __future__ import annotations

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import StandinServer, wait_until

FAMILY = "Asynchronous jobs"
STORE = {"x-arango-async": "store"}


def start(server: StandinServer, query: str) -> str:
    """Start a query as a stored job and return its path."""
    answer = server.call("POST", "/_api/cursor", {"query": query}, headers=STORE)
    assert answer.status == 202, answer
    return f"/_api/job/{answer.headers['x-arango-async-id']}"


def wait_done(server: StandinServer, path: str) -> None:
    """Return when a job is done."""
    wait_until(lambda: server.call("GET", path).status == 200, "the job is done")


@feature(FAMILY, "x-arango-async: store, GET and PUT /_api/job/{id}")
def test_a_stored_job_gives_its_response_once(server: StandinServer) -> None:
    """A job is pending, then done; its response is that of the request and can be fetched once."""
    path = start(server, "RETURN SLEEP(0.2)")
    assert server.call("GET", path).status == 204
    assert server.call("PUT", path).status == 204
    wait_done(server, path)

    fetched = server.call("PUT", path)
    assert (fetched.status, fetched.body["result"]) == (201, [None])
    assert fetched.headers["x-arango-async-id"] == path.rpartition("/")[2]
    gone = server.call("PUT", path)
    assert (gone.status, gone.body["errorNum"]) == (404, 404)


@feature(FAMILY, "x-arango-async: store, GET and PUT /_api/job/{id}")
def test_errors_are_results_of_jobs(server: StandinServer) -> None:
    """What a request would have been refused with is its job's response."""
    path = start(server, "NONSENSE")
    wait_done(server, path)
    assert server.call("PUT", path).body["errorNum"] == 1501
    refused = server.call("GET", "/_api/version", headers=STORE, login="none")
    assert refused.status == 401


@feature(FAMILY, "x-arango-async: true")
def test_a_job_nobody_asks_for(server: StandinServer, collection: str) -> None:
    """With ``true`` the request is carried out, and nothing is kept."""
    answer = server.call("POST", f"/_api/document/{collection}", {"_key": "a"}, headers={"x-arango-async": "true"})
    assert answer.status == 202
    assert "x-arango-async-id" not in answer.headers
    wait_until(lambda: server.call("HEAD", f"/_api/document/{collection}/a").status == 200, "the document is there")


@feature(FAMILY, "GET /_api/job/pending and done")
def test_the_lists_of_jobs(server: StandinServer) -> None:
    """Jobs are listed as pending or done, at most ``count`` of them; other words are refused."""
    slow, quick = start(server, "RETURN SLEEP(2)"), start(server, "RETURN 1")
    wait_done(server, quick)
    assert slow.rpartition("/")[2] in server.call("GET", "/_api/job/pending").body
    assert quick.rpartition("/")[2] in server.call("GET", "/_api/job/done").body
    assert len(server.call("GET", "/_api/job/done?count=1").body) == 1
    bad = server.call("GET", "/_api/job/others")
    assert (bad.status, bad.body["errorNum"]) == (400, 400)
    server.call("PUT", f"{slow}/cancel")


@feature(FAMILY, "PUT /_api/job/{id}/cancel")
def test_a_cancelled_job_stops(server: StandinServer) -> None:
    """Cancelling ends a running query; its job is done with an error, and the query is not running any more."""
    path = start(server, "RETURN SLEEP(30)")
    assert server.call("PUT", f"{path}/cancel").body["result"] is True
    assert server.call("PUT", path).body["errorNum"] == 21
    assert server.call("PUT", "/_api/job/999999/cancel").status == 404
    assert server.call("PUT", "/_api/job/invalid/cancel").body["errorNum"] == 404


@feature(FAMILY, "DELETE of one job, all, expired")
def test_jobs_are_deleted(server: StandinServer) -> None:
    """One job, those older than a stamp, or all can be dropped."""
    paths = [start(server, "RETURN 1") for _ in range(3)]
    for path in paths:
        wait_done(server, path)
    assert server.call("DELETE", paths[0]).body["result"] is True
    assert server.call("DELETE", paths[0]).status == 404
    server.call("DELETE", "/_api/job/expired?stamp=1")
    assert server.call("GET", paths[1]).status == 200
    server.call("DELETE", "/_api/job/expired?stamp=9999999999")
    assert server.call("GET", paths[1]).status == 404
    path = start(server, "RETURN 1")
    wait_done(server, path)
    server.call("DELETE", "/_api/job/all")
    assert server.call("GET", path).status == 404
    assert server.call("DELETE", "/_api/job/expired").body["errorNum"] == 400
