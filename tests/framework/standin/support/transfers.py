"""Threads that move amounts between accounts in transactions: whatever happens, the total stays."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from tests.framework.standin.support.standin_server import StandinServer, wait_until

ACCOUNTS = 10
AMOUNT = 100


class Transfers:
    """Each thread reads two accounts, changes both, checks the total it sees, and commits. `close` stops them."""

    def __init__(self, fronts: Callable[[], list[StandinServer]], *, collection: str, seed: int, threads: int) -> None:
        self._fronts = fronts
        self._collection = collection
        self._stop = threading.Event()
        self.committed = 0
        self.conflicts = 0
        self.violations: list[str] = []
        documents = [{"_key": f"a{number}", "amount": AMOUNT} for number in range(ACCOUNTS)]
        fronts()[0].call("POST", f"/_api/document/{collection}?waitForSync=true", documents)
        self._threads = [
            threading.Thread(target=self._run, args=(random.Random(seed * 1000 + number),)) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop; returns when the last answer is noted."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def wait_more(self, count: int) -> None:
        """Return when so many more transfers were committed."""
        wanted = self.committed + count
        wait_until(lambda: self.committed >= wanted, f"{count} transfers", 60.0)

    def total(self) -> int:
        """Return the sum over all accounts, outside of transactions."""
        amounts = self._fronts()[0].aql(f"FOR d IN {self._collection} RETURN d.amount")
        return int(sum(amounts))

    def _run(self, rng: random.Random) -> None:
        while not self._stop.is_set():
            front = rng.choice(self._fronts())
            body = {"collections": {"write": self._collection}, "waitForSync": True}
            begun = front.call("POST", "/_api/transaction/begin", body)
            if begun.status != 201:
                self._stop.wait(0.05)
                continue
            inside = {"x-arango-trx-id": begun.body["result"]["id"]}
            if self._transfer(front, inside, rng):
                ended = front.call("PUT", f"/_api/transaction/{inside['x-arango-trx-id']}")
                self.committed += ended.status == 200
            else:
                front.call("DELETE", f"/_api/transaction/{inside['x-arango-trx-id']}")

    def _transfer(self, front: StandinServer, inside: dict[str, str], rng: random.Random) -> bool:
        giver, taker = rng.sample(range(ACCOUNTS), 2)
        amount = rng.randint(1, 20)
        for number, change in ((giver, -amount), (taker, amount)):
            path = f"/_api/document/{self._collection}/a{number}"
            read = front.call("GET", path, headers=inside)
            if read.status != 200:
                return False
            written = front.call("PATCH", path, {"amount": read.body["amount"] + change}, headers=inside)
            if written.status >= 300 or written.status == 0:
                self.conflicts += written.status == 409
                return False
        query = {"query": f"RETURN SUM(FOR d IN {self._collection} RETURN d.amount)"}
        seen = front.call("POST", "/_api/cursor", query, headers=inside)
        if seen.status == 201 and seen.body["result"] != [ACCOUNTS * AMOUNT]:
            self.violations.append(f"a transaction saw a total of {seen.body['result']}")
        return True
