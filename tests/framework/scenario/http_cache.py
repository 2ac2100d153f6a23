"""Caches over HTTP beside a test: a real one, and one that answers nothing but errors."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.framework.runner.support.waiting import until

START_TIMEOUT_S = 30


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens on a port of 127.0.0.1."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def http_cache(checkout: Path, folder: Path) -> Iterator[str]:
    """nginx, as tools/remote/http_cache of a checkout runs it; gives its URL."""
    # Debian's is where not everybody's PATH leads.
    if not shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin"):
        pytest.skip("nginx is not installed")
    port = free_port()
    server = subprocess.Popen([str(checkout / "tools" / "remote" / "http_cache"), str(folder), str(port)])
    try:
        until("nginx listens", lambda: answers(port) or server.poll() is not None, timeout_s=START_TIMEOUT_S)
        assert server.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(START_TIMEOUT_S)


class _Broken(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _refuse(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing: Bazel says what it was answered."""

    do_GET = do_PUT = do_HEAD = _refuse  # noqa: N815 (names of http.server)


@contextmanager
def broken_http_cache() -> Iterator[str]:
    """A cache that answers 500 to everything."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Broken) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
