"""A service of this folder as a process beside us: started, waited for, and stopped."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
START_TIMEOUT_S = 900
"""The first start fetches engines."""
STOP_TIMEOUT_S = 60
PAUSE_S = 0.1


@contextmanager
def service(program: str, folder: Path, scheme: str = "grpc") -> Iterator[str]:
    """Runs `program <folder> <port>` on a free port; gives the URL for --remote_executor or --remote_cache.

    Ends the program when the service does not listen: what it said stands above.
    """
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    process = subprocess.Popen([str(HERE / program), str(folder), str(port)])
    try:
        end_s = time.monotonic() + START_TIMEOUT_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > end_s:
                sys.exit(f"expected {program} to listen; it did not (its words stand above)")
            time.sleep(PAUSE_S)
        yield f"{scheme}://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)


def remove(folder: Path) -> None:
    """Removes a folder of Bazel's and a service's; both leave directories that even their owner cannot write into."""
    subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
    shutil.rmtree(folder)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
