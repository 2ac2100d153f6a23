"""cache_doctor says why actions missed, from logs that a real Bazel wrote, and refuses what is no such log."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from cache_diagnosis.__main__ import main

from tests.framework.scenario.http_cache import http_cache
from tests.framework.scenario.scratch_workspace import ScratchWorkspace, scratch_workspace

BUILD = """\
COUNT = 5

[
    genrule(
        name = "many_%d" % i,
        srcs = ["shared.txt"],
        outs = ["many_%d.txt" % i],
        cmd = "cat $< > $@; echo %d >> $@" % i,
    )
    for i in range(COUNT)
]

genrule(
    name = "joined",
    srcs = ["many_%d.txt" % i for i in range(COUNT)],
    outs = ["joined.txt"],
    cmd = "cat $(SRCS) > $@",
)

genrule(name = "stamped", srcs = ["still.txt"], outs = ["stamped.txt"], cmd = "cat /proc/sys/kernel/random/uuid > $@")

genrule(name = "after_stamped", srcs = ["stamped.txt"], outs = ["after_stamped.txt"], cmd = "cat $< > $@")

genrule(name = "worded", outs = ["worded.txt"], cmd = "echo one > $@")

genrule(name = "never_kept", outs = ["never_kept.txt"], cmd = "echo never > $@", tags = ["no-cache"])

genrule(name = "only_here", outs = ["only_here.txt"], cmd = "echo here > $@", tags = ["no-remote"])
"""
ALL = "//doctored:all"
KEPT = ("//doctored:joined", "//doctored:after_stamped")


@dataclass
class Patient:
    """A workspace whose builds are served by a cache, with a log of each."""

    workspace: ScratchWorkspace
    folder: Path
    cache: str

    def build(self, name: str, *arguments: str) -> Path:
        """Builds from nothing but the cache; returns the execution log."""
        log = self.folder / f"{name}.json"
        cleaned = self.workspace.bazel("clean")
        assert cleaned.exit_code == 0, cleaned.output
        done = self.workspace.bazel(
            "build", *arguments, f"--remote_cache={self.cache}", f"--execution_log_json_file={log}"
        )
        assert done.exit_code == 0, done.output
        return log


def doctor(first: Path, second: Path, *, all_actions: bool = False) -> tuple[int, str, str]:
    """Calls the program; returns exit code, what it says, and its errors."""
    said, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(said), redirect_stderr(errors), pytest.raises(typer.Exit) as end:
        main(first, second, all_actions)
    print(said.getvalue(), errors.getvalue())
    return end.value.exit_code, said.getvalue(), errors.getvalue()


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Patient]:
    """A workspace with some actions."""
    folder = tmp_path_factory.mktemp("doctored")
    # Not a disk cache: Bazel 7 serves "no-remote" from it, too, and reads it where it is told to accept nothing.
    with scratch_workspace(folder) as made, http_cache(made.root, folder / "store") as url:
        made.write("doctored/shared.txt", "one\n")
        made.write("doctored/still.txt", "still\n")
        made.write("doctored/BUILD.bazel", BUILD)
        yield Patient(made, folder, url)


@pytest.fixture(scope="module")
def first(patient: Patient) -> Path:
    """The log of the run that fills the cache with everything."""
    return patient.build("first", ALL)


def test_served_whole_is_nothing_to_explain(patient: Patient, first: Path) -> None:
    """Exit code 0, counts, and what only the first log has; also by `bazel run`, from where the caller is."""
    second = patient.build("served", *KEPT)
    code, said, _ = doctor(first, second)
    assert code == 0
    assert said.startswith("8 actions in the second log: 8 served by a cache, 0 executed.\nNothing missed.\n")
    assert "3 actions only in the first log, which is no miss: 3 Genrule." in said
    relative = [os.path.relpath(log, patient.workspace.root) for log in (first, second)]
    by_bazel = patient.workspace.bazel("run", "//tools/quality:cache_doctor", "--", *relative)
    assert by_bazel.exit_code == 0
    assert said in by_bazel.output


def test_each_cause_is_said_once_with_what_it_reached(patient: Patient, first: Path) -> None:
    """A changed file, a changed command, tags that forbid caches; what follows from them comes last."""
    workspace = patient.workspace
    workspace.write("doctored/shared.txt", "one, and more\n")
    workspace.write("doctored/BUILD.bazel", BUILD.replace("echo one >", "echo two >"))
    second = patient.build("changed", ALL)
    workspace.write("doctored/shared.txt", "one\n")
    workspace.write("doctored/BUILD.bazel", BUILD)
    code, said, _ = doctor(first, second)
    assert code == 1
    lines = said.splitlines()
    (shared,) = [line for line in lines if "input doctored/shared.txt differs" in line]
    assert "5 actions: " in shared
    assert "(4 bytes) -> " in shared
    assert "(14 bytes)" in shared
    assert "     and 2 more (--all names them)" in lines
    (worded,) = [line for line in lines if "argument differs" in line]
    assert "1 action: " in worded
    assert "echo one" in worded
    assert "echo two" in worded
    assert "1 action: no cache may keep it: its target or rule says no-cache or local" in said
    assert "no remote cache may keep it" in said
    assert said.index("What follows from the above:") > said.index("no cache may keep it")
    followers = said[said.index("What follows from the above:") :]
    assert "1 action: input bazel-out/" in followers
    assert (
        "many_0.txt is made by Genrule //doctored:many_0, which itself is not the same, as are inputs from 4"
        in followers
    )
    assert len(followers.splitlines()) == 3
    assert "Genrule //doctored:many_4" in doctor(first, second, all_actions=True)[1]


def test_environment_and_platform_are_one_line_each(patient: Patient, first: Path) -> None:
    """What reaches every action is not told for each."""
    second = patient.build(
        "surroundings", ALL, "--action_env=FLAVOUR=mild", "--remote_default_exec_properties=pool=large"
    )
    code, said, _ = doctor(first, second)
    assert code == 1
    (flavour,) = [line for line in said.splitlines() if "environment variable FLAVOUR" in line]
    (pool,) = [line for line in said.splitlines() if "platform property (exec_properties) pool" in line]
    assert flavour.endswith("differs: (not there) -> 'mild'")
    assert pool.endswith("differs: (not there) -> 'large'")
    assert flavour.split(":")[0].split(". ")[1] == pool.split(":")[0].split(". ")[1]


def test_an_action_that_is_not_repeatable_is_found(patient: Patient, first: Path) -> None:
    """Its key is the same and its output is not: what depends on it misses, and it is named as the reason."""
    second = patient.build("anew", "//doctored:after_stamped", "--noremote_accept_cached")
    code, said, _ = doctor(first, second)
    assert code == 1
    assert "the cache did not have the result, or was not asked" in said
    assert "stamped.txt differs though Genrule //doctored:stamped, which makes it, has the same key" in said
    assert "make it repeatable" in said


def test_other_configurations_and_new_actions_are_told(patient: Patient, first: Path) -> None:
    """-c opt puts outputs elsewhere; an action that the first run did not have is just that."""
    second = patient.build("optimised", "//doctored:worded", "-c", "opt")
    code, said, _ = doctor(first, second)
    assert code == 1
    assert "1 action: configuration differs: bazel-out/k8-fastbuild -> bazel-out/k8-opt" in said
    code, said, _ = doctor(second, first)
    assert "1 action: configuration differs: bazel-out/k8-opt -> bazel-out/k8-fastbuild" in said
    assert "the first log has no such action" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "found an empty file"),
        (b" \n", "found an empty file"),
        (b"\x28\xb5\x2f\xfd\x00\x01", "a compact log"),
        (b"\x93\x02\n\x04bash\x12\xff", "found something else"),
        (b"INFO: Build completed successfully\n", "found something else"),
        (b'{"id": {"started": {}}, "children": []}\n', "found a build event file"),
        (b'{"a": 1}', "no action: it has the fields a"),
        (b"[1, 2]", "no action: it is a list"),
        (b'{"mnemonic": "A", "commandArgs": 5}', "a field is not what Bazel writes"),
        (b'{"mnemonic": "A", "commandArgs": [], "inputs": [{"digest": {}}]}', "a field is not what Bazel writes"),
        (b'{"mnemonic": "A", nonsense}' + b" " * 40, "damaged at byte 18"),
    ],
)
def test_what_is_no_log_is_refused(first: Path, tmp_path: Path, content: bytes, words: str) -> None:
    """Exit code 2, the file's name, what was found and how to make one."""
    bad = tmp_path / "bad.json"
    bad.write_bytes(content)
    code, said, error = doctor(first, bad)
    assert (code, said) == (2, "")
    assert error.startswith(f"cache_doctor: {bad}: ")
    assert words in error
    assert doctor(bad, first)[0] == 2


def test_a_missing_file_is_refused(first: Path, tmp_path: Path) -> None:
    """And a folder, too."""
    for path in (tmp_path / "nowhere.json", tmp_path):
        code, _, error = doctor(first, path)
        assert code == 2
        assert f"{path}: expected an execution log; cannot read it" in error


def test_a_log_cut_anywhere_says_how_far_it_was_read(first: Path, tmp_path: Path) -> None:
    """Cut within an action: never a traceback, never a diagnosis of half a log."""
    whole = first.read_bytes()
    begin = whole.index(b"}{") + 1
    for length in range(begin + 1, whole.index(b"}{", begin), 37):
        cut = tmp_path / "cut.json"
        cut.write_bytes(whole[:length])
        code, said, error = doctor(first, cut)
        assert (code, said) == (2, ""), length
        assert f"cut short: it was read up to 1 whole actions, {begin} bytes" in error
