"""arangobench: sends the requests of a test case from several threads and says how long they took."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING, Any

from . import bench_report
from .bench_cases import CASES, BenchCase, CrudCase
from .connection import server_error
from .failure import EXIT_FAILURE, ToolError
from .options import Option, flag, integer, number, text
from .tool import ensure_database, run_tool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .connection import Server
    from .console import Console
    from .options import Options

_OPTIONS = (
    text("test-case", "version", "what to send", choices=tuple(sorted(CASES))),
    integer("requests", 1000, "how many requests to send"),
    integer("duration", 0, "seconds to send requests for, instead of a number of them"),
    integer("threads", 8, "how many threads send"),
    integer("concurrency", 0, "the same as --threads"),
    integer("runs", 1, "how often to repeat everything"),
    integer("complexity", 1, "how large documents are, or how many a request has"),
    text("collection", "ArangoBenchmark", "the collection to work with; dropped and made by the test case"),
    flag("create-collection", True, "make the collection, and drop it afterwards"),
    flag("create-database", False, "make the database if it is not there"),
    flag("wait-for-sync", False, "write with waitForSync"),
    integer("number-of-shards", 1, "shards of the collection in a cluster"),
    integer("replication-factor", 1, "copies of the collection in a cluster"),
    integer("batch-size", 0, "not supported: servers take no batches any more"),
    text("custom-query", "", "the query of the test case custom-query"),
    text("custom-query-file", "", "a file with the query"),
    text("custom-query-bindvars", "", "the query's bind parameters as a JSON object"),
    flag("histogram.generate", False, "print percentiles"),
    integer("histogram.num-intervals", 1000, "intervals of the histogram"),
    number("histogram.interval-size", 0.0, "seconds of an interval; 0 chooses by the slowest request"),
    Option("histogram.percentiles", "number", [50.0, 80.0, 85.0, 90.0, 95.0, 99.0, 99.99], "percentiles to print",
           many=True),
    text("json-report-file", "", "write a report in JSON to this file"),
    text("junit-report-file", "", "write a report in JUnit's XML to this file"),
)  # fmt: skip
_SHOWN_FAILURES = 5


class Bench:
    """One run of a test case."""

    def __init__(self, case: BenchCase, options: Options, server: Server, console: Console) -> None:
        self._case = case
        self._options = options
        self._server = server
        self._console = console
        self._lock = threading.Lock()
        self._latencies_s: list[float] = []
        self._failures = 0
        self._lost: ToolError | None = None
        self._stop = threading.Event()

    def _numbers(self) -> Iterator[int]:
        """Give the numbers of the requests; all threads share them."""
        duration_s = self._options["duration"]
        if not duration_s:
            yield from range(self._options["requests"])
            return
        deadline_s = time.monotonic() + duration_s
        for request in itertools.count():
            if time.monotonic() >= deadline_s:
                return
            yield request

    def run(self) -> bench_report.RunResult:
        """Send everything. Raises ToolError when the server is gone."""
        numbers = self._numbers()
        workers = [
            threading.Thread(target=self._work, args=(numbers,), daemon=True)
            for _ in range(max(1, self._options["threads"]))
        ]
        started_s = time.monotonic()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        total_s = time.monotonic() - started_s
        if self._lost is not None:
            raise self._lost
        expected = 0 if self._options["duration"] else self._options["requests"]
        incomplete = max(0, expected - len(self._latencies_s))
        return bench_report.RunResult(self._latencies_s, total_s, self._failures, incomplete)

    def _work(self, numbers: Iterator[int]) -> None:
        mine: list[float] = []
        try:
            while not self._stop.is_set():
                with self._lock:
                    number = next(numbers, None)
                if number is None:
                    break
                began_s = time.perf_counter()
                self._send(number)
                mine.append(time.perf_counter() - began_s)
        except ToolError as error:
            self._lost = error
            self._stop.set()
        finally:
            self._server.close()
            with self._lock:
                self._latencies_s += mine

    def _send(self, number: int) -> None:
        """Send one request and count it if it failed. Raises ConnectionFailedError."""
        method, path, body, parameters = self._case.request(number)
        answer = self._server.ask(method, path, body, parameters=parameters)
        if answer.status < 400 or (isinstance(self._case, CrudCase) and answer.status in (404, 409, 412)):
            return
        with self._lock:
            self._failures += 1
            shown = self._failures
        if shown <= _SHOWN_FAILURES:
            self._console.warning("fb835", str(server_error(answer, f"request {number}: {method} {path}")))


def _checked(options: Options) -> dict[str, Any]:
    """Return the option values that stand for others. Raises ToolError."""
    if options["batch-size"]:
        raise ToolError("--batch-size is not supported: /_api/batch is gone from ArangoDB 3.12 and 4.0")
    if not options["requests"] and not options["duration"]:
        raise ToolError("--requests must be at least 1, or use --duration", 4)
    return {"threads": options["concurrency"] or options["threads"]}


def _run(options: Options, server: Server, console: Console) -> int:
    options.replace(_checked(options))
    if options["create-database"]:
        ensure_database(server, options, console, {})
    case = CASES[options["test-case"]](options)
    results = []
    for turn in range(1, max(1, options["runs"]) + 1):
        case.prepare(server)
        try:
            if options["progress"]:
                console.plain(f"starting run {turn} of test case '{options['test-case']}'...")
            results.append(Bench(case, options, server, console).run())
        finally:
            case.clean(server)
    found = bench_report.report(options, results)
    for line in bench_report.lines(options, found):
        console.plain(line)
    if options["json-report-file"]:
        bench_report.write_json(options["json-report-file"], found)
    if options["junit-report-file"]:
        bench_report.write_junit(options["junit-report-file"], found)
    return EXIT_FAILURE if found["failures"] else 0


def main(arguments: Sequence[str]) -> int:
    """Run the tool; return its exit code."""
    return run_tool("arangobench", _OPTIONS, _run, arguments)
