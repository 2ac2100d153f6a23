"""Waiting for a debugger before anything of the tests is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from importlib import import_module

from ..errors import SpecError
from ..model.run_words import DEBUG, DEBUG_VARIABLE, DEBUGPY, DEBUGPY_VARIABLE

HOW_TO_GET_IT = (
    "expected debugpy to be importable; it is neither in the target's deps nor in a folder of its own. One of: "
    f"pip install --target=/tmp/debugpy debugpy, then {DEBUGPY}=/tmp/debugpy beside {DEBUG}; or add the package to the "
    "requirements of your workspace and to the target's deps"
)


def wait_for_debugger(environ: MutableMapping[str, str]) -> None:
    """Listens and returns when a debugger is there; at once when none was asked for.

    Raises `SpecError` when debugpy is missing or cannot listen.
    """
    address = environ.pop(DEBUG_VARIABLE, "")
    directory = environ.pop(DEBUGPY_VARIABLE, "")
    if not address:
        return
    if directory:
        sys.path.insert(0, os.path.abspath(directory))
    try:
        debugpy = import_module("debugpy")
    except ImportError as error:
        raise SpecError(f"{HOW_TO_GET_IT} ({error})") from error
    host, _, port = address.rpartition(":")
    try:
        host, number = debugpy.listen((host, int(port)))
    except (OSError, RuntimeError) as error:
        raise SpecError(f"debugpy cannot listen on {address}: {error}; {DEBUG}=0 takes a free port") from error
    print(f"armadillo: debugpy listens on {host}:{number}; the tests begin when a debugger is attached", flush=True)
    debugpy.wait_for_client()
