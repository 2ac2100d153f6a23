"""What a seeding that failed tells: Bazel shows a failed action's output, and nothing else is left of it."""

from __future__ import annotations

import json
import os

from ..observe.log_tail import last_lines

_SCRIPT_LINES = 60
_SERVER_LINES = 15
_FOR_TESTS = "armadillo: repeat it: "
"""The command that repeats a test; an action is repeated by building it again."""


def failure_report(target: str, reason: str, log_path: str, servers_directory: str) -> str:
    """The reason, the last lines of the script's output, and those of every server's log."""
    parts = [f"{target}: {reason}"]
    said = [line for line in last_lines(log_path, _SCRIPT_LINES + 1) if not line.startswith(_FOR_TESTS)]
    parts += ["", f"--- the last lines of the seeding ({_SCRIPT_LINES} at most):", *said]
    for name, path in server_logs(servers_directory):
        parts += ["", f"--- the last lines of the log of {name}:", *last_lines(path, _SERVER_LINES)]
    return "\n".join(parts) + "\n"


def headline_of(outputs_directory: str) -> str:
    """The root cause as the run's own verdict has it."""
    try:
        with open(os.path.join(outputs_directory, "results.json"), encoding="utf-8") as file:
            found = json.load(file)["headline"]
    except (OSError, ValueError, KeyError):
        found = ""
    return str(found) or "no verdict was written"


def server_logs(servers_directory: str) -> list[tuple[str, str]]:
    """Name and log of the last incarnation of every server."""
    found = []
    for name in sorted(os.listdir(servers_directory)) if os.path.isdir(servers_directory) else []:
        numbers = [one for one in os.listdir(os.path.join(servers_directory, name)) if one.isdigit()]
        if numbers:
            last = max(numbers, key=int)
            found.append((name, os.path.join(servers_directory, name, last, "arangod.log")))
    return found
