"""Limits, deadlines and the private directory."""

from __future__ import annotations

import os
import resource
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from armadillo.process.deadline import Deadline
from armadillo.process.private_directory import LONGEST_SOCKET_PATH_BYTES, PrivateDirectory


def test_soft_limits_are_raised_to_the_hard_ones() -> None:
    """Cores are on for servers although Bazel turns them off, and arangod may open as many files as allowed."""
    code = (
        "import resource as r\n"
        "r.setrlimit(r.RLIMIT_CORE, (0, r.getrlimit(r.RLIMIT_CORE)[1])); r.setrlimit(r.RLIMIT_NOFILE, (64, 512))\n"
        "from armadillo.process.limits import raise_soft_limits\n"
        "raise_soft_limits(); print(r.getrlimit(r.RLIMIT_CORE), r.getrlimit(r.RLIMIT_NOFILE))"
    )
    output = subprocess.check_output(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, text=True
    )
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    assert output == f"{(hard, hard)} (512, 512)\n"


def test_the_private_directory_is_ours_alone_and_goes_with_all_that_is_in_it() -> None:
    """Secrets and the control socket are for this user only, and `remove` may be called twice."""
    private = PrivateDirectory()
    secret = private.write_secret("jwt", "abc")
    assert stat.S_IMODE(os.stat(private.path).st_mode) == 0o700
    assert Path(secret).read_bytes() == b"abc"
    private.remove()
    private.remove()
    assert not os.path.exists(private.path)


@pytest.mark.parametrize("depth", [0, 12])
def test_a_unix_socket_fits_into_it_however_deep_temporary_files_are(
    depth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a deep TMPDIR the directory is made elsewhere."""
    deep = tmp_path.joinpath(*["folder-name"] * depth)
    deep.mkdir(parents=True, exist_ok=True)
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    private = PrivateDirectory()
    try:
        path = private.file("control.sock")
        assert len(path.encode()) <= LONGEST_SOCKET_PATH_BYTES
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path)
    finally:
        private.remove()


def test_a_deadline_counts_down_to_zero_and_not_below() -> None:
    """Steps that share a deadline never get a negative time limit."""
    passed = Deadline(0.0)
    assert passed.passed
    assert passed.left_s == 0.0
    far = Deadline(3600.0)
    assert not far.passed
    assert 0 < far.left_s <= 3600.0
