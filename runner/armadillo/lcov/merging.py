"""What Bazel's scripts call to make one coverage.dat of all .dat files, by the options of their own merger.

    --coverage_dir=DIR --output_file=FILE --filter_sources=REGEX... --source_file_manifest=FILE
    --reports_file=FILE --output_file=FILE

The second form is that of `--coverage_report_generator`: the reports of all targets, one path a line. Needs no Java and
nothing that is downloaded. The exit code is always 0: the script's exit code is the test's.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence

from .coverage_request import SERVER_FOLDER
from .source_manifest import read_source_manifest
from .tracefile import Tracefile, read_tracefile


def main(words: Sequence[str]) -> int:
    """Merges as the options say; answers 0, whatever could not be read or written."""
    parser = argparse.ArgumentParser(prog="lcov_merger")
    for name in ("coverage_dir", "output_file", "source_file_manifest", "reports_file"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--filter_sources", action="append", default=[])
    options, _ = parser.parse_known_args(words)
    try:
        tracefile = _merged(options)
        with open(options.output_file, "w", encoding="utf-8") as file:
            file.write(tracefile.text())
    except (OSError, re.error) as error:
        _warn(str(error))
    return 0


def _merged(options: argparse.Namespace) -> Tracefile:
    merged = Tracefile()
    if options.reports_file:
        with open(options.reports_file, encoding="utf-8") as file:
            for path in filter(None, map(str.strip, file)):
                merged.add(_read(path))
        return merged
    wanted = frozenset(read_source_manifest(options.source_file_manifest).paths)
    left_out = [re.compile(pattern) for pattern in options.filter_sources]
    for path in _dat_files(options.coverage_dir, options.output_file):
        # Servers are seldom built by this Bazel, so its manifest does not know their sources.
        is_of_servers = f"{os.sep}{SERVER_FOLDER}{os.sep}" in path
        for name, lines in _read(path).sources.items():
            is_left_out = any(pattern.fullmatch(name) for pattern in left_out)
            if name in wanted or (is_of_servers and not is_left_out):
                merged.source(name).add(lines)
    return merged


def _dat_files(directory: str, output: str) -> list[str]:
    found = [os.path.join(place, name) for place, _, names in os.walk(directory) for name in names]
    return sorted(
        path for path in found if path.endswith(".dat") and os.path.realpath(path) != os.path.realpath(output)
    )


def _read(path: str) -> Tracefile:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            tracefile, broken = read_tracefile(file)
    except OSError as error:
        _warn(f"{path} is left out: {error.strerror}")
        return Tracefile()
    if broken:
        _warn(f"{path}: {broken} lines are no LCOV")
    return tracefile


def _warn(text: str) -> None:
    print(f"armadillo: coverage: {text}", file=sys.stderr)
