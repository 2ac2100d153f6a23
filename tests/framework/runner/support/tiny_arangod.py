"""A program that takes arangod's command line and answers the few questions that the runner asks.

For tests of the runner's own rooms: a real process with a real socket, whose misbehaviour a test chooses by options
that begin with `--tiny.`. It stores nothing; tools/arangod_standin is the one to test databases with.

    --tiny.exit-code N      says something, then ends with N instead of serving
    --tiny.signal N         says something, then dies by this signal instead of serving
    --tiny.crash-file PATH  logs the lines of this file before it dies, as a crash handler would
    --tiny.report-file PATH writes this file where ASAN_OPTIONS asks for reports, when it is ready
    --tiny.hold-file PATH   answers 503 to availability as long as this file is there
    --tiny.on-sigterm WORD  "exit" (as arangod), "ignore", or an exit code
    --tiny.hang-file PATH   answers nothing as long as this file is there
    --tiny.spin-file PATH   keeps one core busy as long as this file is there
    --tiny.leak-file PATH   keeps some more memory every few milliseconds as long as this file is there
    --tiny.bad-health yes   as a coordinator, reports every server as BAD
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn

PAUSE_S = 0.005
CANNOT_BIND = 21
LEAKED_BYTES = 256 * 1024
Options = dict[str, list[str]]


def parse(words: list[str]) -> Options:
    """`--name value` pairs; a name may come again."""
    options: Options = {}
    for name, value in zip(words[::2], words[1::2], strict=True):
        options.setdefault(name.removeprefix("--"), []).append(value)
    return options


class Server:
    """The answers of one role. Members of a cluster tell the first agent that they are there."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.endpoint = self.option("server.endpoint")
        self.registered: dict[str, str] = {}
        self.lock = threading.Lock()
        self.ended = threading.Event()

    def option(self, name: str, default: str = "") -> str:
        """The last value of an option."""
        return self.options.get(name, [default])[-1]

    @property
    def role(self) -> str:
        """As `/_admin/server/role` says it."""
        if self.option("agency.activate") == "true":
            return "AGENT"
        return self.option("cluster.my-role") or "SINGLE"

    def log(self, text: str) -> None:
        """A line in the log file."""
        with open(self.option("log.file"), "a", encoding="utf-8") as file:
            file.write(f"[{os.getpid()}] {text}\n")

    def log_file(self, name: str) -> None:
        """The lines of a file that an option names, as they are."""
        path = self.option(name)
        if path:
            with open(path, encoding="utf-8") as lines, open(self.option("log.file"), "a", encoding="utf-8") as log:
                log.write(lines.read())

    def report(self) -> None:
        """A sanitizer's report in the file that its runtime would write."""
        path = self.option("tiny.report-file")
        if path:
            options = dict(part.split("=", 1) for part in os.environ["ASAN_OPTIONS"].split(":"))
            with (
                open(path, encoding="utf-8") as lines,
                open(f"{options['log_path']}.tiny.{os.getpid()}", "w", encoding="utf-8") as log,
            ):
                log.write(lines.read())

    def has_file(self, name: str) -> bool:
        """Whether the file that an option names is there."""
        return os.path.exists(self.option(name, "/no such file"))

    def misbehave(self) -> None:
        """Spins and leaks while the files say so."""
        kept = []
        while True:
            if not self.has_file("tiny.spin-file"):
                self.ended.wait(PAUSE_S)
            if self.has_file("tiny.leak-file"):
                kept.append(b"x" * LEAKED_BYTES)

    def register(self) -> None:
        """Tells the first agent that this server is there."""
        agents = self.options.get("cluster.agency-endpoint", [])
        if agents:
            request = urllib.request.Request(
                agents[0].replace("tcp://", "http://") + "/tiny/register",
                data=json.dumps({"endpoint": self.endpoint, "role": self.role}).encode(),
            )
            urllib.request.urlopen(request).close()

    def answer(self, path: str) -> tuple[int, Any]:
        """Status and body of a GET."""
        while self.has_file("tiny.hang-file"):
            self.ended.wait(PAUSE_S)
        if path == "/_api/version":
            return 200, {"server": "arango", "version": "3.12.0"}
        if path == "/_admin/server/role":
            return 200, {"role": self.role}
        if path == "/_admin/server/availability":
            held = self.has_file("tiny.hold-file")
            return (503, {"errorMessage": "held by a test"}) if held else (200, {"mode": "default"})
        if path == "/_api/agency/config" and self.role == "AGENT":
            first = self.options["agency.endpoint"][0]
            return 200, {"leaderId": first, **({"lastAcked": {}} if first == self.endpoint else {})}
        if path == "/tiny/registered":
            return 200, self.registered
        if path == "/_admin/cluster/health" and self.role == "COORDINATOR":
            return 200, {"Health": self.health()}
        return 404, {"errorMessage": f"unknown path {path}"}

    def health(self) -> dict[str, dict[str, str]]:
        """Every agent, and every server that registered."""
        agents = self.options["cluster.agency-endpoint"]
        with urllib.request.urlopen(agents[0].replace("tcp://", "http://") + "/tiny/registered") as reply:
            registered = json.load(reply)
        status = "BAD" if self.option("tiny.bad-health") == "yes" else "GOOD"
        return {endpoint: {"Endpoint": endpoint, "Status": status} for endpoint in [*agents, *registered]}

    def on_sigterm(self, *_: Any) -> None:
        """As the test wants it."""
        self.log("SIGTERM")
        wanted = self.option("tiny.on-sigterm", "exit")
        if wanted != "ignore":
            os._exit(0 if wanted == "exit" else int(wanted))

    def serve(self) -> NoReturn:
        """Answers until the process ends."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.reply(*outer.answer(self.path))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with outer.lock:
                    outer.registered[body["endpoint"]] = body["role"]
                self.reply(200, {})

            def reply(self, status: int, body: Any) -> None:
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        address, port = self.endpoint.removeprefix("tcp://").split(":")
        try:
            server = ThreadingHTTPServer((address, int(port)), Handler)
        except OSError as error:
            self.log(f"FATAL cannot listen: {error}")
            sys.exit(CANNOT_BIND)
        self.log("listens")
        if self.option("tiny.spin-file") or self.option("tiny.leak-file"):
            threading.Thread(target=self.misbehave, daemon=True).start()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.register()
        self.report()
        self.log("is ready for business")
        while True:
            self.on_sigterm(signal.sigwait({signal.SIGTERM}))


def main(words: list[str]) -> NoReturn:
    """Misbehaves, or serves."""
    server = Server(parse(words))

    # Waited for in the main thread: a handler may come to any thread, and would not wake the main one up.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    server.log("starts")
    if "tiny.exit-code" in server.options or "tiny.signal" in server.options:
        server.log("FATAL something is wrong with this server")
        print("and this is what it says on stdout", flush=True)
        server.log_file("tiny.crash-file")
        if "tiny.signal" in server.options:
            os.kill(os.getpid(), int(server.option("tiny.signal")))
        sys.exit(int(server.option("tiny.exit-code")))
    server.serve()


if __name__ == "__main__":
    main(sys.argv[1:])
