"""What Bazel's build event file says of the tests of a run."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree


@dataclass(frozen=True)
class TestFact:
    """How the last attempt of a test came by its result, and what it left here."""

    __test__ = False

    status: str
    strategy: str
    """Where it was executed: linux-sandbox, remote, ..., or "remote cache hit"."""
    cached_remotely: bool
    cached_locally: bool
    folder: Path | None = field(default=None, compare=False)
    """The folder with test.log, test.xml and the undeclared outputs; None when they are not on this machine."""

    @property
    def cases(self) -> int:
        """Cases in test.xml; 0 when there is none."""
        return len(list(self._xml().iter("testcase")))

    @property
    def undeclared_outputs(self) -> list[str]:
        """Paths of the undeclared outputs, as Bazel 4 (zip) or Bazel 7 (files) keeps them."""
        if self.folder is None:
            return []
        root = self.folder / "test.outputs"
        packed = root / "outputs.zip"
        if packed.exists():
            with zipfile.ZipFile(packed) as archive:
                return sorted(name for name in archive.namelist() if not name.endswith("/"))
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def property_of(self, name: str) -> str:
        """A property of the suite in test.xml; "" when there is none."""
        return next((each.get("value", "") for each in self._xml().iter("property") if each.get("name") == name), "")

    @property
    def xml_bytes(self) -> bytes:
        """test.xml as it is; b"" when there is none."""
        path = self.folder / "test.xml" if self.folder else None
        return path.read_bytes() if path and path.exists() else b""

    def _xml(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.xml_bytes or b"<testsuites/>")


def facts_of(path: Path) -> dict[str, TestFact]:
    """The last attempt of each test that has a result, by label.

    Raises:
        ValueError: the file is cut short.
    """
    return {label: _fact(results[-1]) for label, results in results_of(path).items()}


def results_of(path: Path) -> dict[str, list[dict[str, Any]]]:
    """What Bazel says of each attempt and shard of each test (TestResult in build_event_stream.proto), by label.

    Raises:
        ValueError: the file is cut short.
    """
    events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if not events or not events[-1].get("lastMessage"):
        raise ValueError(f"{path}: the build event file is cut short: Bazel was killed, or still writes it")
    found: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        if "testResult" in event["id"] and "testResult" in event:
            found.setdefault(_label(event), []).append(event["testResult"])
    return found


def _label(event: Mapping[str, Any]) -> str:
    label: str = event["id"]["testResult"]["label"]
    return label.lstrip("@")


def _fact(result: Mapping[str, Any]) -> TestFact:
    info = result.get("executionInfo", {})
    addresses = [urlparse(output.get("uri", "")) for output in result.get("testActionOutput", [])]
    logs = [Path(unquote(each.path)) for each in addresses if each.scheme == "file" and each.path.endswith("test.log")]
    return TestFact(
        status=result.get("status", ""),
        strategy=info.get("strategy", ""),
        cached_remotely=bool(info.get("cachedRemotely", False)),
        cached_locally=bool(result.get("cachedLocally", False)),
        folder=logs[0].parent if logs else None,
    )
