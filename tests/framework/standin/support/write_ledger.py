"""Writers under load that remember, for every key, what a correct database may hold of it.

Each key belongs to one writer, so its history is a sequence: after an acknowledged write exactly one value is possible.
When the fate of a write is unknown both values are, and the key is never touched again.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.framework.standin.support.standin_server import Answer, StandinServer

ABSENT = None
_PAUSE_S = 0.02
_LIVE_KEYS = 40


class WriteLedger:
    """Writer threads and their memory. `violations` are answers that no correct database gives."""

    def __init__(
        self,
        fronts: Callable[[], list[StandinServer]],
        *,
        collection: str,
        seed: int,
        writers: int,
        synced: bool = True,
    ) -> None:
        self._fronts = fronts
        self._path = f"/_api/document/{collection}"
        self._query = f"?waitForSync={'true' if synced else 'false'}"
        self._stop = threading.Event()
        self._collection = collection
        self._synced = synced
        self.acknowledged = {"insert": 0, "update": 0, "replace": 0, "remove": 0, "transaction": 0}
        self.unknown = 0
        self.violations: list[str] = []
        self.possible: dict[str, set[int | None]] = {}
        self._threads = [
            threading.Thread(target=self._write_on, args=(number, random.Random(seed * 1000 + number)))
            for number in range(writers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def total(self) -> int:
        """Number of acknowledged writes."""
        return sum(self.acknowledged.values())

    def close(self) -> None:
        """Stop the writers; returns when the last answer is noted."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    # -- writing -----------------------------------------------------------------------------------------------------
    def _write_on(self, writer: int, rng: random.Random) -> None:
        usable: list[str] = []
        number = 0
        while not self._stop.is_set():
            number += 1
            if len(usable) < _LIVE_KEYS and (not usable or rng.random() < 0.5):
                key = f"w{writer}-{number}"
                self.possible[key] = {ABSENT}
                usable.append(key)
            key = rng.choice(usable)
            if rng.random() < 0.07 and len(usable) > 3:
                keys = rng.sample(usable, 3)
                if not self._transaction(keys, writer * 100_000_000 + number, rng.choice(self._fronts())):
                    usable = [name for name in usable if len(self.possible[name]) == 1]
            elif rng.random() < 0.1:
                usable.remove(key)  # this one stays as it is until the end
            elif not self._one(key, writer * 100_000_000 + number, rng) and len(self.possible[key]) > 1:
                usable.remove(key)

    def _one(self, key: str, value: int, rng: random.Random) -> bool:
        """Do one operation on a key; return whether its fate is known."""
        (before,) = self.possible[key]
        after: int | None = value
        front = rng.choice(self._fronts())
        if rng.random() < 0.15:
            self._check(key, before, front.call("GET", f"{self._path}/{key}"))
            return True
        if before is ABSENT:
            kind = "insert"
            answer = front.call("POST", self._path + self._query, {"_key": key, "v": value})
        else:
            kind = rng.choice(["update", "replace", "remove"])
            after = ABSENT if kind == "remove" else value
            method = {"update": "PATCH", "replace": "PUT", "remove": "DELETE"}[kind]
            body = None if kind == "remove" else {"v": value}
            answer = front.call(method, f"{self._path}/{key}{self._query}", body)
        return self._note(key, kind, after, answer)

    def _transaction(self, keys: list[str], value: int, front: StandinServer) -> bool:
        """Write several keys in a stream transaction; return whether its fate is known."""
        body = {"collections": {"write": [self._collection]}, "waitForSync": self._synced}
        begun = front.call("POST", "/_api/transaction/begin", body)
        if begun.status != 201:
            return True
        inside = {"x-arango-trx-id": begun.body["result"]["id"]}
        path = f"/_api/transaction/{begun.body['result']['id']}"
        for key in keys:
            (before,) = self.possible[key]
            if before is ABSENT:
                answer = front.call("POST", self._path, {"_key": key, "v": value}, headers=inside)
            else:
                answer = front.call("PUT", f"{self._path}/{key}", {"v": value}, headers=inside)
            if answer.status not in (200, 201, 202):
                # nothing is stored before the commit, which now never comes
                self._check_refusal(key, "write in a transaction", before is ABSENT, answer)
                front.call("DELETE", path)
                return True
        committed = front.call("PUT", path).status == 200
        for key in keys:
            self.possible[key] = {value} if committed else {*self.possible[key], value}
        self.acknowledged["transaction"] += committed
        self.unknown += not committed
        return committed

    def _check_refusal(self, key: str, kind: str, inserts: bool, answer: Answer) -> bool:
        """Note a refusal that says something wrong about a key, and whether it says anything."""
        number = answer.body.get("errorNum") if isinstance(answer.body, dict) else None
        if number == 1202 or (number == 1210 and inserts):
            (before,) = self.possible[key]
            self.violations.append(f"{kind} of {key} was answered {answer}, though it held {before}")
            return True
        return False

    def _note(self, key: str, kind: str, after: int | None, answer: Answer) -> bool:
        if answer.status in (200, 201, 202):
            self.possible[key] = {after}
            self.acknowledged[kind] += 1
            return True
        if self._check_refusal(key, kind, kind == "insert", answer):
            return True
        if answer.status == 0:
            time.sleep(_PAUSE_S)
            if "ConnectionRefused" in str(answer.body):
                return True
        self.unknown += 1
        self.possible[key] = {*self.possible[key], after}
        return False

    def _check(self, key: str, value: int | None, answer: Answer) -> None:
        if answer.status == 404 and answer.body.get("errorNum") == 1202:
            found = ABSENT
        elif answer.status == 200:
            found = answer.body["v"]
        else:
            return
        if found != value:
            self.violations.append(f"{key} read as {found}, though {value} was acknowledged")

    # -- judging -----------------------------------------------------------------------------------------------------
    def judge(self, documents: list[dict[str, Any]]) -> list[str]:
        """Return what is wrong with the documents found at the end."""
        found = {document["_key"]: document["v"] for document in documents}
        wrong = list(self.violations)
        for key, values in self.possible.items():
            if found.get(key, ABSENT) not in values:
                wrong.append(f"{key} is {found.get(key, ABSENT)} at the end, possible were {values}")
        wrong += [f"{key} was never written" for key in found if key not in self.possible]
        return wrong
