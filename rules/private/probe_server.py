"""Asks an arangod what it is and writes the answer as JSON (armadillo_api.v1.ServerFacts with proto field names).

Runs as a build action, under the standard library alone, and never fails: what is wrong with a binary is said in the
facts, so that a test target fails with it, and the targets beside it are built.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Any

TIMEOUT_S = 60
HEAD_LINES = 12
NOT_RUN = 127


def resource_environment(resources: str) -> dict[str, str]:
    """Where arangod finds ICU and time zone data; without them it ends with exit code 26 or 27."""
    if not resources:
        return {}
    directory = os.path.abspath(resources)
    return {
        "ICU_DATA": directory,
        "ICU_DATA_LEGACY": directory,
        "TZ_DATA": os.path.join(directory, "tzdata"),
    }


def ask(arangod: str, resources: str) -> tuple[int, str]:
    """Exit status (negative: a signal) and output of `arangod --version`."""
    with tempfile.TemporaryDirectory() as profiles:
        # A build that counts its lines would write where it was compiled, and complain when it cannot.
        counting = {"LLVM_PROFILE_FILE": os.path.join(profiles, "%p.profraw"), "GCOV_PREFIX": profiles}
        return _ask(arangod, {**counting, **resource_environment(resources)})


def _ask(arangod: str, more_environment: Mapping[str, str]) -> tuple[int, str]:
    environment = {"PATH": os.environ.get("PATH", "/bin:/usr/bin"), "LC_ALL": "C.UTF-8", "HOME": "/tmp"}
    environment.update(more_environment)
    try:
        done = subprocess.run(
            [os.path.abspath(arangod), "--version"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        head = (error.output or b"").decode("utf-8", "replace")
        return NOT_RUN, f"no end of `--version` within {TIMEOUT_S} seconds\n{head}"
    except OSError as error:
        return NOT_RUN, f"could not be run: {error.strerror}"
    return done.returncode, done.stdout.decode("utf-8", "replace")


def key_values(output: str) -> dict[str, str]:
    """The `key: value` lines."""
    pairs = (line.split(":", 1) for line in output.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs if key.strip()}


def sanitizer_of(raw: dict[str, str]) -> str:
    """The kinds of sanitizer compiled in; there is no key for UBSan, only the compiler's flags tell."""
    kinds = [name for key, name in (("asan", "address"), ("tsan", "thread")) if raw.get(key) == "true"]
    flags = " ".join(raw.get(key, "") for key in ("optimization-flags", "compiler-flags", "full-version-string"))
    if "undefined" in flags:
        kinds.append("undefined")
    return "+".join(kinds)


def facts_from(path: str, exit_code: int, output: str) -> dict[str, Any]:
    """ServerFacts of a program with this exit status and output."""
    raw = key_values(output)
    is_arangod = exit_code == 0 and "server-version" in raw
    facts: dict[str, Any] = {"path": path, "exit_code": exit_code, "is_arangod": is_arangod}
    if not is_arangod:
        facts["output_head"] = "\n".join(line[:400] for line in output.splitlines()[:HEAD_LINES])
        return facts
    return facts | {
        "version": raw["server-version"],
        "edition": raw.get("license", "community"),
        "sanitizer": sanitizer_of(raw),
        "has_v8": raw.get("v8-version", "none") not in ("", "none"),
        "has_failure_points": raw.get("failure-tests") == "true",
        "is_maintainer_build": raw.get("maintainer-mode") == "true",
        "standin": raw.get("standin", ""),
        "raw": raw,
    }


def main() -> int:
    """Writes the facts; 0 unless the output itself cannot be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arangod", default="")
    parser.add_argument("--missing", default="", help="what was found where arangod should have been")
    parser.add_argument("--origin", default="", help="where the distribution came from, for messages")
    parser.add_argument("--resources", default="")
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    if arguments.missing:
        facts = facts_from("", NOT_RUN, arguments.missing)
    else:
        facts = facts_from(arguments.arangod, *ask(arguments.arangod, arguments.resources))
    if not facts["is_arangod"]:
        # Only then: facts of a good server must not differ between machines that have it in different places.
        facts["path"] = arguments.origin or arguments.arangod
    with open(arguments.output, "w", encoding="utf-8") as file:
        json.dump(facts, file, indent=2, sort_keys=True)
        file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
