"""Waiting for a debugger in the test process."""

from __future__ import annotations

import sys
from importlib import util
from pathlib import Path

import pytest
from armadillo.errors import SpecError
from armadillo.model.run_words import DEBUG_VARIABLE, DEBUGPY_VARIABLE
from armadillo.pytest_plugin.debugger import wait_for_debugger


def test_without_a_wish_nothing_is_imported() -> None:
    """An ordinary run does not even look for debugpy."""
    environ = {"OTHER": "1"}
    wait_for_debugger(environ)
    assert environ == {"OTHER": "1"}
    assert "debugpy" not in sys.modules


@pytest.mark.skipif(util.find_spec("debugpy") is not None, reason="debugpy is installed here")
def test_a_missing_debugpy_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    """It is in no lock of ours: the text says how to get it, and children of the tests are told nothing of it."""
    environ = {DEBUG_VARIABLE: "127.0.0.1:0", DEBUGPY_VARIABLE: ""}
    with pytest.raises(SpecError, match="pip install --target=/tmp/debugpy debugpy, then --debugpy=/tmp/debugpy"):
        wait_for_debugger(environ)
    assert environ == {}


def test_debugpy_comes_from_a_folder_and_a_taken_port_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What its `listen` raises becomes an error that names the address and the way out."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "debugpy", raising=False)
    (tmp_path / "debugpy.py").write_text("def listen(address):\n    raise RuntimeError('Address already in use')\n")
    environ = {DEBUG_VARIABLE: "127.0.0.1:7", DEBUGPY_VARIABLE: str(tmp_path)}
    with pytest.raises(SpecError, match=r"cannot listen on 127.0.0.1:7: Address already in use; --debug=0"):
        wait_for_debugger(environ)
    sys.modules.pop("debugpy", None)
