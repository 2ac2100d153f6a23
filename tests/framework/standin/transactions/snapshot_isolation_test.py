"""Random histories of several transactions, compared with a naive model of snapshot isolation."""

from __future__ import annotations

import tempfile
from pathlib import Path

from arangod_standin import errors
from arangod_standin.backend import TransactionalBackend
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.framework.standin.support.transaction_store import TransactionStore

_KEYS = st.sampled_from("abcd")
_VALUES = st.integers(0, 3)
_SLOTS = st.integers(0, 2)


class _Model:
    """A transaction of the model: the committed state when it began, its own state, and what it has written."""

    def __init__(self, committed: dict[str, int], versions: dict[str, int]) -> None:
        self.state = dict(committed)
        self.versions = dict(versions)
        self.written: set[str] = set()


class SnapshotIsolation(RuleBasedStateMachine):
    """Up to three transactions and writers outside, over four keys."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = TransactionStore(Path(self.folder.name), index_field="value")
        self.committed: dict[str, int] = {}
        # Number of the commit each key is from: a key changed since a snapshot if its number differs. (One that was
        # inserted and removed again has not changed.)
        self.versions: dict[str, int] = {}
        self.commits = 0
        self.running: dict[int, tuple[TransactionalBackend, _Model]] = {}

    def teardown(self) -> None:
        """Close the store."""
        self.store.close()
        self.folder.cleanup()

    def _one(self, slot: int) -> tuple[TransactionalBackend | None, _Model | None]:
        return self.running.get(slot, (None, None))

    def _refused(self, model: _Model | None, key: str) -> bool:
        """Say whether the model refuses a write: another transaction has written the key, or committed it since."""
        locked = any(key in other.written for _, other in self.running.values() if other is not model)
        return locked or (
            model is not None and key not in model.written and model.versions.get(key) != self.versions.get(key)
        )

    @rule(slot=_SLOTS)
    def begin(self, slot: int) -> None:
        """Begin a transaction where none runs."""
        if slot not in self.running:
            self.running[slot] = (self.store.begin(), _Model(self.committed, self.versions))

    @rule(slot=_SLOTS, key=_KEYS, value=_VALUES)
    def put(self, slot: int, key: str, value: int) -> None:
        """Write inside a transaction, or outside when none runs in the slot."""
        backend, model = self._one(slot)
        outcome = self.store.put(backend, key, value=value)
        if self._refused(model, key):
            assert outcome == errors.CONFLICT
            return
        assert outcome is None
        self._note(model, key, value)

    @rule(slot=_SLOTS, key=_KEYS)
    def remove(self, slot: int, key: str) -> None:
        """Remove inside a transaction, or outside."""
        backend, model = self._one(slot)
        state = self.committed if model is None else model.state
        outcome = self.store.remove(backend, key)
        if key not in state:
            assert outcome == errors.DOCUMENT_NOT_FOUND
        elif self._refused(model, key):
            assert outcome == errors.CONFLICT
        else:
            assert outcome is None
            self._note(model, key, None)

    def _note(self, model: _Model | None, key: str, value: int | None) -> None:
        state = self.committed if model is None else model.state
        if value is None:
            state.pop(key, None)
        else:
            state[key] = value
        if model is None:
            self._committed(key)
        else:
            model.written.add(key)

    def _committed(self, key: str) -> None:
        self.commits += 1
        if key in self.committed:
            self.versions[key] = self.commits
        else:
            self.versions.pop(key, None)

    @precondition(lambda self: self.running)
    @rule(slot=_SLOTS, commit=st.booleans())
    def end(self, slot: int, commit: bool) -> None:
        """Commit or abort."""
        if slot not in self.running:
            return
        backend, model = self.running.pop(slot)
        if not commit:
            self.store.abort(backend)
            return
        self.store.commit(backend)
        for key in model.written:
            if key in model.state:
                self.committed[key] = model.state[key]
            else:
                self.committed.pop(key, None)
            self._committed(key)

    @invariant()
    def everybody_sees_the_right_state(self) -> None:
        """The committed state, and each transaction's own, are those of the model, by every way to read."""
        views = [(None, self.committed), *[(backend, model.state) for backend, model in self.running.values()]]
        for backend, state in views:
            found = {key: document["value"] for key, document in self.store.state(backend).items()}
            assert found == state
            assert self.store.count(backend) == len(state)
            for key in "abcd":
                single = self.store.get(backend, key)
                assert (single and single["value"]) == state.get(key)
            for descending in (False, True):
                indexed = self.store.lookup(backend, 1, descending=descending, limit=2)
                expected = sorted((value for value in state.values() if value >= 1), reverse=descending)[:2]
                assert [document["value"] for document in indexed] == expected


TestSnapshotIsolation = SnapshotIsolation.TestCase
TestSnapshotIsolation.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
TestSnapshotIsolation.__doc__ = "Random histories of transactions show the model's states and conflicts."
