"""Ends the test process when the runner is gone: nobody would end it, and nobody would read what it finds."""

from __future__ import annotations

import os
import socket
import threading
import time

RUNNER_GONE = 70
_WAIT_FOR_FIRST_S = 60.0
_TRIES_AFTER_LOSS = 5
_TRY_INTERVAL_S = 0.1
_NOTHING_YET = (FileNotFoundError, ConnectionRefusedError)


def watch_runner(socket_path: str) -> None:
    """Starts a thread that keeps a connection to the control socket and ends the process when it is lost for good."""
    output = os.dup(2)  # pytest is going to put its capture in the place of the first one
    threading.Thread(target=_watch, args=(socket_path, output), name="armadillo-runner-watch", daemon=True).start()


def _watch(socket_path: str, output: int) -> None:
    connection = _connect(socket_path, int(_WAIT_FOR_FIRST_S / _TRY_INTERVAL_S))
    while connection is not None:
        _read_to_end(connection)
        # gRPC closes a connection that never speaks after a while; a runner that lives takes the next one.
        connection = _connect(socket_path, _TRIES_AFTER_LOSS)
    os.write(output, b"armadillo: the runner does not answer on its socket any more; the test process ends\n")
    os._exit(RUNNER_GONE)


def _connect(socket_path: str, tries: int) -> socket.socket | None:
    for _ in range(tries):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(socket_path)
        except _NOTHING_YET:
            connection.close()
            time.sleep(_TRY_INTERVAL_S)
        else:
            return connection
    return None


def _read_to_end(connection: socket.socket) -> None:
    with connection:
        try:
            while connection.recv(4096):
                pass
        except ConnectionError:
            return
