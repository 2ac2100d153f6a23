"""Shows where the time of a request goes: a server from the sources under cProfile, with a load from outside.

    python3 bench/standin/profile_server.py [--path PATH] [--body JSON] [--seconds N] [--lines N]

The default is a durable insert. The profiler doubles the times; their proportions are what counts. Where the start
goes is told by `python3 -X importtime -m arangod_standin --version` and the like.
"""

from __future__ import annotations

import argparse
import itertools
import os
import pstats
import signal
import sys
import tempfile
from pathlib import Path

import load
from processes import AUTHORIZATION, Server

REPOSITORY = Path(__file__).resolve().parents[2]
_PROGRAM = """
import cProfile, sys
sys.modules["ssl"] = None
from arangod_standin.process import main
profile = cProfile.Profile()
try:
    profile.runcall(main, sys.argv[2:])
finally:
    profile.dump_stats(sys.argv[1])
"""


def main() -> None:
    """Runs the load and prints the functions with the most time of their own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--path", default="/_api/document/c?waitForSync=true")
    parser.add_argument("--method", default="POST")
    parser.add_argument("--body", default='{"name": "user", "value": 1, "flag": true, "text": "lorem ipsum"}')
    parser.add_argument("--status", default="201")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--lines", type=int, default=45)
    options = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(REPOSITORY / "tools/arangod_standin"), os.environ.get("PYTHONPATH", "")]
    )
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        file = Path(scratch) / "profile"
        server = Server([sys.executable, "-c", _PROGRAM, str(file)], Path(scratch))
        server.start().wait("/_api/version")
        server.call("POST", "/_api/collection", {"name": "c"})
        data = load.request_bytes(options.method, options.path, options.body.encode(), AUTHORIZATION)
        done = load.run(server.port, itertools.repeat(data), 16, options.seconds, f"HTTP/1.1 {options.status}".encode())
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        server.process.wait()
        print(f"{done.requests} requests, {done.per_second:,.0f}/s under the profiler")
        pstats.Stats(str(file)).sort_stats("tottime").print_stats(options.lines)


if __name__ == "__main__":
    main()
