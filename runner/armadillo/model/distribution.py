"""The server that a test runs on: where its parts are, and what its binary said about itself."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SANITIZER_TIME_SCALE = 3.0
"""What time limits are multiplied by for a sanitizer build (ArangoDB's own newest framework uses 3)."""


class Layout(enum.Enum):
    """The form of a distribution on disk; see `Layout` in deployment.proto."""

    EXECUTABLE = "EXECUTABLE"
    TARBALL = "TARBALL"
    BUILD_DIRECTORY = "BUILD_DIRECTORY"


@dataclass(frozen=True)
class ServerFacts:
    """What `arangod --version` printed, asked once in a build action; see `ServerFacts` in deployment.proto."""

    path: str = ""
    exit_code: int = 0
    is_arangod: bool = False
    version: str = ""
    edition: str = ""
    sanitizer: str = ""
    has_v8: bool = False
    has_failure_points: bool = False
    is_maintainer_build: bool = False
    standin: str = ""
    output_head: str = ""

    @property
    def version_numbers(self) -> tuple[int, int, int]:
        """Major, minor and patch number, zeros where the text has none."""
        found = re.match(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?", self.version)
        if not found:
            return (0, 0, 0)
        major, minor, patch = (int(part or 0) for part in found.groups())
        return (major, minor, patch)

    @property
    def time_scale(self) -> float:
        """What all limits of time are multiplied by on this server."""
        return SANITIZER_TIME_SCALE if self.sanitizer else 1.0

    @property
    def display_name(self) -> str:
        """Name and version as people should read it: the stand-in is never called ArangoDB."""
        if self.standin:
            return f"{self.standin} (speaks ArangoDB {self.version})"
        return f"ArangoDB {self.version} {self.edition}".strip()


@dataclass(frozen=True)
class ServerDistribution:
    """Where the parts of a server distribution lie; all paths are runfiles paths, "" where there is none."""

    label: str = ""
    layout: Layout = Layout.EXECUTABLE
    executable: str = ""
    tools: Mapping[str, str] = field(default_factory=dict)
    facts: str = ""
    javascript_directory: str = ""
    resource_directory: str = ""
    top_directory: str = ""
    sanitizer_suppressions: Mapping[str, str] = field(default_factory=dict)
    symbolizer: str = ""


def facts_from_json(data: Mapping[str, Any]) -> ServerFacts:
    """Reads the JSON form of `armadillo_api.v1.ServerFacts`; fields it does not know are left out."""
    known = ServerFacts.__dataclass_fields__
    return ServerFacts(**{name: value for name, value in data.items() if name in known})


def distribution_from_json(data: Mapping[str, Any]) -> ServerDistribution:
    """Reads the JSON form of `armadillo_api.v1.ServerDistribution`."""
    known = ServerDistribution.__dataclass_fields__
    fields = {name: value for name, value in data.items() if name in known}
    layout = fields.get("layout", "")
    fields["layout"] = Layout("EXECUTABLE" if layout in ("", "LAYOUT_UNSPECIFIED") else layout)
    return ServerDistribution(**fields)
