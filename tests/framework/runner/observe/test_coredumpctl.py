"""Cores from systemd's store. The program is a script here: its real one needs systemd as the first process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from armadillo.observe.coredumpctl import fetch_core

SCRIPT = """#!/bin/sh
[ "$2 $4 $5" = "--since=@1700000000 dump COREDUMP_CWD=$WANTED" ] || exit 1
printf core > "${3#--output=}"
"""


@pytest.fixture
def coredumpctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of this name that has the core of a process that ran in a certain directory."""
    monkeypatch.setenv("WANTED", str(tmp_path.resolve()))
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/coredumpctl"
    program.write_text(SCRIPT)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")


@pytest.mark.usefixtures("coredumpctl")
def test_a_core_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    """The core is asked for by where its process ran, so that namespaces of pids do not matter, and by its time."""
    assert asyncio.run(fetch_core(str(tmp_path), 1_700_000_000.5, str(tmp_path / "core")))
    assert (tmp_path / "core").read_text() == "core"


@pytest.mark.usefixtures("coredumpctl")
def test_a_process_that_is_not_known_has_none(tmp_path: Path) -> None:
    """What coredumpctl does not have is no core, and no error."""
    assert not asyncio.run(fetch_core(str(tmp_path / "bin"), 1_700_000_000.5, str(tmp_path / "core")))


def test_without_coredumpctl_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without systemd says so by the reason of its pattern; here nothing happens."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert not asyncio.run(fetch_core(str(tmp_path), 1_700_000_000.5, str(tmp_path / "core")))
