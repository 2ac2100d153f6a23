"""Asking a binary what it is: real programs of every kind, and none of them breaks the build action."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROBE = Path("rules/private/probe_server.py").resolve()

ENTERPRISE = """\
3.12.5-1 enterprise [linux] 64bit

asan: {asan}
failure-tests: true
license: enterprise
maintainer-mode: true
optimization-flags: {flags}
server-version: 3.12.5-1
tsan: {tsan}
v8-version: {v8}
"""


def program(path: Path, text: str, mode: int = 0o755) -> Path:
    """A shell program with this text."""
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(mode)
    return path


def says(path: Path, output: str, exit_code: int = 0) -> Path:
    """A program that prints this and ends with this exit code."""
    return program(path, f"cat <<'END'\n{output}\nEND\nexit {exit_code}\n")


def facts(directory: Path, *arguments: str) -> dict[str, Any]:
    """The facts that the probe writes; the probe itself must always end well."""
    output = directory / "facts.json"
    subprocess.run([sys.executable, "-s", "-S", str(PROBE), "--output", str(output), *arguments], check=True)
    loaded: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    return loaded


def asked(directory: Path, **values: str) -> dict[str, Any]:
    """The facts of an Enterprise arangod whose version text has these values."""
    text = ENTERPRISE.format(**{"asan": "false", "tsan": "false", "flags": "-O2", "v8": "12.1.165", **values})
    return facts(directory, "--arangod", str(says(directory / "arangod", text)))


def test_an_arangod_is_told_apart_by_its_version_text(tmp_path: Path) -> None:
    """Version, edition, V8 and failure points are what the binary says."""
    found = asked(tmp_path)

    assert found["is_arangod"]
    assert (found["version"], found["edition"]) == ("3.12.5-1", "enterprise")
    assert found["has_v8"]
    assert found["has_failure_points"]
    assert found["is_maintainer_build"]
    assert found["sanitizer"] == ""
    assert found["standin"] == ""
    assert found["raw"]["license"] == "enterprise"


def test_a_build_without_v8_has_none(tmp_path: Path) -> None:
    """`v8-version: none` means that there is no JavaScript."""
    assert not asked(tmp_path, v8="none")["has_v8"]


def test_sanitizers_are_named(tmp_path: Path) -> None:
    """Address, thread and undefined-behaviour sanitizers are told apart."""
    assert asked(tmp_path, asan="true")["sanitizer"] == "address"
    assert asked(tmp_path, tsan="true")["sanitizer"] == "thread"
    assert asked(tmp_path, asan="true", flags="-fsanitize=undefined")["sanitizer"] == "address+undefined"


def test_another_program_is_no_arangod(tmp_path: Path) -> None:
    """A program that prints something else is named with what it printed."""
    path = says(tmp_path / "arangod", "true (GNU coreutils) 9.1")
    found = facts(tmp_path, "--arangod", str(path))

    assert not found["is_arangod"]
    assert found["path"] == str(path)
    assert "GNU coreutils" in found["output_head"]


def test_a_failing_arangod_is_no_arangod(tmp_path: Path) -> None:
    """The exit code is kept: 26 means that ICU data were not found."""
    found = facts(tmp_path, "--arangod", str(says(tmp_path / "arangod", "server-version: 3.12.5", 26)))

    assert not found["is_arangod"]
    assert found["exit_code"] == 26


def test_a_signal_is_a_negative_exit_code(tmp_path: Path) -> None:
    """A crash while answering is told as the signal."""
    found = facts(tmp_path, "--arangod", str(program(tmp_path / "arangod", "kill -SEGV $$\n")))

    assert found["exit_code"] == -11


def test_a_file_that_cannot_run_says_why(tmp_path: Path) -> None:
    """No execute permission, and no file at all, are told in the system's words."""
    closed = facts(tmp_path, "--arangod", str(program(tmp_path / "arangod", "", mode=0o644)))
    absent = facts(tmp_path, "--arangod", str(tmp_path / "absent"))

    assert closed["output_head"] == "could not be run: Permission denied"
    assert absent["output_head"] == "could not be run: No such file or directory"
    assert absent["exit_code"] == 127


def test_a_missing_distribution_keeps_its_reason(tmp_path: Path) -> None:
    """What the repository rule found in place of ArangoDB arrives in the facts."""
    found = facts(tmp_path, "--missing", "found: a.txt", "--origin", "/opt/arangodb")

    assert not found["is_arangod"]
    assert (found["path"], found["output_head"]) == ("/opt/arangodb", "found: a.txt")


def test_a_good_server_does_not_say_where_it_is(tmp_path: Path) -> None:
    """The origin stays out of the facts of a good server: they are the same on every machine."""
    text = ENTERPRISE.format(asan="false", tsan="false", flags="-O2", v8="none")
    arangod = says(tmp_path / "arangod", text)

    assert "/opt" not in json.dumps(facts(tmp_path, "--arangod", str(arangod), "--origin", "/opt/arangodb"))


def test_the_binary_finds_its_data(tmp_path: Path) -> None:
    """ICU and time zone data are looked for where the distribution has them."""
    arangod = program(
        tmp_path / "arangod", 'echo "server-version: 3.12.5"; echo "data: $ICU_DATA $ICU_DATA_LEGACY $TZ_DATA"\n'
    )
    found = facts(tmp_path, "--arangod", str(arangod), "--resources", str(tmp_path / "share"))

    share = tmp_path / "share"
    assert found["raw"]["data"] == f"{share} {share} {share}/tzdata"
