"""The parts of a target's specification that go into messages as they were written, field by field."""

from __future__ import annotations

import json
from functools import cached_property
from typing import Any


class SpecTexts:
    """JSON texts for protobuf's own parser; the files were read before, so that they are known to be good."""

    def __init__(self, spec_path: str, facts_path: str) -> None:
        self._spec_path = spec_path
        self._facts_path = facts_path

    @cached_property
    def deployment(self) -> str:
        """A `Deployment`."""
        return json.dumps(self._spec.get("deployment", {}))

    @cached_property
    def policy(self) -> str:
        """A `Policy`."""
        return json.dumps(self._spec.get("policy", {}))

    @cached_property
    def facts(self) -> str:
        """The `ServerFacts` that the build action wrote."""
        with open(self._facts_path, encoding="utf-8") as file:
            return file.read()

    @cached_property
    def _spec(self) -> dict[str, Any]:
        with open(self._spec_path, encoding="utf-8") as file:
            spec: dict[str, Any] = json.load(file)
            return spec
