"""Bazel with an output folder of its own, as whoever shares a cache or workers has it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from build_events import TestFact, facts_of

CHECKOUT = Path(__file__).resolve().parents[2]


class Client:
    """Bazel with an output folder of its own."""

    def __init__(
        self,
        folder: Path,
        options: Sequence[str],
        *,
        checkout: Path = CHECKOUT,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self.folder = folder
        self._checkout = checkout
        self._environ = environ
        self._options = [
            "--experimental_convenience_symlinks=ignore",
            "--build_event_json_file_path_conversion=false",
            "--noshow_progress",
            *options,
        ]

    def test(self, targets: Sequence[str], *options: str, expected: int = 0) -> dict[str, TestFact]:
        """Runs tests after all outputs were removed; raises SystemExit when Bazel's exit code is another one."""
        events = self.folder / "events.json"
        self.run("clean")
        done = self.run("test", *targets, *self._options, *options, f"--build_event_json_file={events}")
        if done != expected:
            sys.exit(f"expected Bazel to end with {expected}; it ended with {done}")
        return facts_of(events)

    def packed_outputs(self) -> list[str]:
        """The option by which undeclared outputs are one file, as they always are for Bazel 4.

        buildbox-casd forgets a result that came from a client and has a folder among its outputs.
        """
        said = subprocess.run(
            [str(self._checkout / "tools/bazel"), "--version"], capture_output=True, text=True, check=True
        ).stdout
        return ["--zip_undeclared_test_outputs"] if re.match(r"bazel ([7-9]|[1-9]\d)\.", said) else []

    def run(self, *words: str) -> int:
        """Runs a command of Bazel; returns its exit code."""
        command = [str(self._checkout / "tools/bazel"), f"--output_user_root={self.folder / 'bazel'}", *words]
        return subprocess.run(
            command, cwd=self._checkout, env=self._environ, stdin=subprocess.DEVNULL, check=False
        ).returncode
