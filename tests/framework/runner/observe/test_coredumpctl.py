"""Cores from systemd's store. The program is a script here: its real one needs systemd as the first process."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from armadillo.observe.coredumpctl import fetch_core

SCRIPT = """#!/bin/sh
[ "$3 $4" = "dump 77" ] || exit 1
printf core > "${2#--output=}"
"""


@pytest.fixture
def coredumpctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of this name that has the core of process 77."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/coredumpctl"
    program.write_text(SCRIPT)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")


@pytest.mark.usefixtures("coredumpctl")
def test_a_core_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    """The core of the process is asked for by its pid."""
    assert asyncio.run(fetch_core(77, str(tmp_path / "core")))
    assert (tmp_path / "core").read_text() == "core"


@pytest.mark.usefixtures("coredumpctl")
def test_a_process_that_is_not_known_has_none(tmp_path: Path) -> None:
    """What coredumpctl does not have is no core, and no error."""
    assert not asyncio.run(fetch_core(78, str(tmp_path / "core")))


def test_without_coredumpctl_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without systemd says so by the reason of its pattern; here nothing happens."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert not asyncio.run(fetch_core(77, str(tmp_path / "core")))
