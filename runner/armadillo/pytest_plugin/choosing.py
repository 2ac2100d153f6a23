"""`Choosing`: what is left of the collected cases by filter, arguments and shard, and why nothing may be left."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import pytest
from armadillo_api.v1 import result_pb2

from ..errors import SpecError
from ..model.outcome import Outcome
from ..model.timings import parse_timings
from .keywords import Keywords
from .node_ids import workspace_relative
from .selection import PAGE, Choice, choose
from .sharding import shard_of
from .surroundings import Surroundings

SELECTION = "selection"
"""Kind of the finding that a request for cases could not be fulfilled."""


class Choosing:
    """Filter first, then shard; `names` are the words of the command line that name cases."""

    def __init__(
        self, surroundings: Surroundings, names: Sequence[str], publish: Callable[[result_pb2.Event], object]
    ) -> None:
        self._surroundings = surroundings
        self._names = [name.removeprefix(f"{surroundings.root}/").removeprefix("./") for name in names]
        self._publish = publish

    def apply(self, config: pytest.Config, items: list[pytest.Item], everything: Sequence[str]) -> int:
        """Leaves only this shard's cases in `items`; answers how many fall to other shards.

        `items` are what pytest's own options have left of `everything`.
        """
        surroundings = self._surroundings
        kept = [workspace_relative(item.nodeid) for item in items]
        if everything and not kept:
            asked = " ".join(f"{name} {value!r}" for name, value in _options(config) if value)
            self._tell(f"no case of {len(everything)} fits pytest's options {asked}".rstrip())
        chosen = self._chosen(items, kept) if kept else set()
        timings = self._timings() if surroundings.total_shards > 1 else {}
        mine = shard_of(sorted(chosen), surroundings.shard_index, surroundings.total_shards, timings)
        if chosen and not mine:
            self._note(
                f"shard {surroundings.shard_index + 1} of {surroundings.total_shards} has nothing to do and started no "
                f"server: there are {len(chosen)} cases to share out"
            )
        _keep(config, items, mine)
        return len(chosen) - len(mine)

    def _chosen(self, items: Sequence[pytest.Item], kept: Sequence[str]) -> set[str]:
        evaluate = Keywords(items).evaluate
        test_filter = self._surroundings.test_filter
        choices = {
            "--test_filter": choose([test_filter], kept, evaluate),
            "the arguments": choose(self._names, kept, evaluate),
        }
        for choice in choices.values():
            self._explain(choice)
        both = set.intersection(*(choice.chosen for choice in choices.values()))
        if not both and all(choice.chosen for choice in choices.values()):
            words = " ".join(self._names)
            self._tell(f"no case fits both --test_filter {test_filter!r} and the arguments {words!r}. See {PAGE}")
        return both

    def _explain(self, choice: Choice) -> None:
        for problem in choice.problems:
            self._tell(problem)
        for note in choice.notes:
            self._note(note)

    def _timings(self) -> dict[str, float]:
        if not self._surroundings.spec.timings:
            return {}
        path = os.path.join(self._surroundings.runfiles, self._surroundings.spec.timings)
        try:
            with open(path, encoding="utf-8") as file:
                return parse_timings(file.read(), self._surroundings.spec.timings)
        except (SpecError, OSError, UnicodeDecodeError) as error:
            self._tell(str(error))
            return {}

    def _tell(self, message: str) -> None:
        finding = result_pb2.Finding(kind=SELECTION, outcome=Outcome.ERROR.value, message=message)
        self._publish(result_pb2.Event(finding=finding))

    def _note(self, text: str) -> None:
        self._publish(result_pb2.Event(note=result_pb2.Note(text=text)))


def _options(config: pytest.Config) -> list[tuple[str, object]]:
    return [("-k", config.option.keyword), ("-m", config.option.markexpr), ("--deselect", config.option.deselect)]


def _keep(config: pytest.Config, items: list[pytest.Item], wanted: set[str]) -> None:
    left_out = [item for item in items if workspace_relative(item.nodeid) not in wanted]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if workspace_relative(item.nodeid) in wanted]
