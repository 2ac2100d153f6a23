"""What a test target left behind: test.xml, test.log, undeclared outputs, event log."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from armadillo.results.event_log import read_events
from armadillo_api.v1 import result_pb2

from tests.framework.runner.support.strict_xml import cases_of, outcome_of, problems_of, properties_of
from tests.framework.scenario.scratch_workspace import ScratchWorkspace


class Evidence:
    """Reads what one run of a target left, as Bazel 4 (zip) or Bazel 7 (files) keeps it."""

    def __init__(self, workspace: ScratchWorkspace, target: str) -> None:
        self.directory = workspace.file_of("bazel-testlogs", target)
        self.scratch = workspace.root.parent

    @property
    def xml(self) -> bytes:
        """test.xml, proved to be strict."""
        content = (self.directory / "test.xml").read_bytes()
        assert problems_of(content) == []
        return content

    @property
    def log(self) -> str:
        """test.log."""
        return (self.directory / "test.log").read_text(encoding="utf-8", errors="replace")

    @property
    def cases(self) -> Mapping[str, Element]:
        """The cases of test.xml by name."""
        return cases_of(self.xml)

    @property
    def outcomes(self) -> dict[str, str]:
        """ "passed", "failure", "error" or "skipped" by case."""
        return {name: outcome_of(case) for name, case in self.cases.items()}

    @property
    def properties(self) -> dict[str, str]:
        """The suite's properties."""
        return properties_of(self.xml)

    @property
    def headline(self) -> str:
        """The root cause, as test.xml has it; "" for a good run."""
        return self.properties.get("armadillo.headline", "")

    def message_of(self, case: str) -> str:
        """The message of a case's outcome child."""
        return next((child.get("message", "") for child in self.cases[case] if child.get("message")), "")

    def text_of(self, case: str) -> str:
        """The long text of a case's outcome child."""
        return next((child.text or "" for child in self.cases[case] if child.get("message")), "")

    @property
    def outputs(self) -> dict[str, bytes]:
        """The undeclared outputs by path."""
        root = self.directory / "test.outputs"
        packed = root / "outputs.zip"
        if packed.exists():
            with zipfile.ZipFile(packed) as archive:
                return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    @property
    def index(self) -> dict[str, Any]:
        """index.json."""
        loaded: dict[str, Any] = json.loads(self.outputs["index.json"])
        return loaded

    @property
    def first_problem(self) -> str:
        """The message of the first case in test.xml that is not good, "" if there is none."""
        for element in fromstring(self.xml).iter():
            if element.tag in ("failure", "error"):
                return element.get("message", "")
        return ""

    def whole_text_of(self, case: str) -> str:
        """All texts of a case: its outcome's message and long text, and what it printed."""
        return "\n".join([self.message_of(case), *self.cases[case].itertext()])

    def events(self, content: bytes = b"") -> list[result_pb2.Event]:
        """All events in the stored log, or in the bytes of another one."""
        path = Path(self.scratch) / "events.copy"
        path.write_bytes(content or self.outputs["events.binpb"])
        return list(read_events(str(path)))

    def event_kinds(self) -> list[str]:
        """Kinds of all events in the stored log."""
        return [event.WhichOneof("kind") for event in self.events()]
