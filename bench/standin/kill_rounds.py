"""200 rounds of kill -9 of a random server on a cluster of 3 agents, 3 dbservers, 2 coordinators, under writes.

    PYTHONPATH=.:tools/arangod_standin python3 bench/standin/kill_rounds.py --rounds 200 --seed 7

Writers insert, update, replace and remove with waitForSync and note what was acknowledged. At the end: no acknowledged
write is lost, nothing that was removed is back, and all copies of every shard are equal (count and checksum). The exit
code is 1 otherwise, and the logs are kept.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.framework.standin.support.kill_rounds import TROUBLES, KillRounds
from tests.framework.standin.support.standin_cluster import StandinCluster


def main() -> int:
    """Run the rounds; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--server-option", action="append", default=[], metavar="NAME=VALUE",
                        help="for all dbservers, as --server-option=--standin.lose-unsynced-writes=true")  # fmt: skip
    parser.add_argument("--all-troubles", action="store_true", help="servers are also frozen, and cut off from others")
    parser.add_argument("--unsynced", action="store_true", help="write without waitForSync")
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kill_rounds"))
    print(f"seed {arguments.seed}, logs in {folder}", flush=True)
    cluster = StandinCluster(folder, dbserver_options=tuple(arguments.server_option))
    wrong = ["the run did not come to its end"]
    try:
        wrong = _run(cluster.start(), arguments)
    finally:
        cluster.close()
        if not wrong:
            shutil.rmtree(folder, ignore_errors=True)
    for line in wrong:
        print("WRONG:", line)
    print("wrong" if wrong else "nothing acknowledged was lost, nothing removed came back, all copies are equal")
    return 1 if wrong else 0


def _run(cluster: StandinCluster, arguments: argparse.Namespace) -> list[str]:
    rounds = KillRounds(
        cluster,
        seed=arguments.seed,
        writers=arguments.writers,
        synced=not arguments.unsynced,
        troubles=TROUBLES if arguments.all_troubles else ("kill",),
    )
    began_s = time.monotonic()
    try:
        for number in range(1, arguments.rounds + 1):
            victim = rounds.round()
            ledger = rounds.ledger
            print(f"round {number}: {victim}; {ledger.total} acknowledged, {ledger.unknown} of unknown fate,"
                  f" {time.monotonic() - began_s:.0f} s", flush=True)  # fmt: skip
            if ledger.violations:
                break
        wrong = rounds.judge()
    finally:
        rounds.close()
    ledger = rounds.ledger
    print(f"seed {arguments.seed}: {number} rounds, kills {rounds.killed}, acknowledged {ledger.acknowledged},"
          f" unknown {ledger.unknown}, keys {len(ledger.possible)}, copies {rounds.copies()}")  # fmt: skip
    return wrong


if __name__ == "__main__":
    sys.exit(main())
