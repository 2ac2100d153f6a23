"""`python -m armadillo --spec FILE [words for pytest]`: runs one test target. Called by the rules' launcher."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

USAGE_EXIT_CODE = 2


def main(argv: Sequence[str]) -> int:
    """Runs one target; answers the exit code (0 only if the verdict is passed or skipped)."""
    # First of all: a sharded test that never touches this file has "no status", whatever happens later.
    shard_status_path = os.environ.get("TEST_SHARD_STATUS_FILE")
    if shard_status_path:
        with open(shard_status_path, "ab"):
            pass
    # Bazel 8 and later fail a test that leaves this file behind: one that ended before its verdict.
    premature_exit_path = os.environ.get("TEST_PREMATURE_EXIT_FILE")
    if premature_exit_path:
        with open(premature_exit_path, "ab"):
            pass
    status = _checked(argv)
    if premature_exit_path and os.path.exists(premature_exit_path):
        os.unlink(premature_exit_path)
    return status


def _checked(argv: Sequence[str]) -> int:
    if len(argv) < 2 or argv[0] != "--spec":
        print("usage: python -m armadillo --spec FILE [words for pytest]", file=sys.stderr)
        return USAGE_EXIT_CODE
    return _run(argv[1], argv[2:])


def _run(spec_path: str, args: Sequence[str]) -> int:
    from dataclasses import replace

    from .control.bazel_run import leave_process_group, write_beside_tee
    from .errors import SpecError
    from .model.bazel_environment import read_bazel_environment
    from .model.run_words import is_bazel_run, read_run_words
    from .model.spec import read_spec
    from .model.unhurried import unhurried
    from .net.lab_entry import LabEntry, enter_lab
    from .net.open_network import WANT_A_LAB
    from .session import Session
    from .supervise import supervise

    if is_bazel_run(os.environ):
        write_beside_tee()
        leave_process_group()
    bazel = read_bazel_environment(os.environ)
    try:
        spec = read_spec(spec_path)
        asked = read_run_words(args, os.environ, is_program=bool(spec.program), under_test=bazel.under_bazel)
    except SpecError as error:
        import time

        from .results.skeleton_xml import write_skeleton_xml

        print(f"armadillo: {error}", file=sys.stderr)
        write_skeleton_xml(bazel.xml_path, os.environ.get("TEST_TARGET", "unknown"), time.time(), str(error))
        return USAGE_EXIT_CODE
    if asked.has_time:
        spec, bazel = unhurried(spec, bazel)
    if asked.serves:  # the test.xml that Bazel names is that of tests
        bazel = replace(bazel, xml_path=os.path.join(bazel.outputs_directory, "test.xml"))
    entry = LabEntry(False, f"{asked.no_lab} was asked for" if asked.no_lab else "")
    if spec.deployment.network in WANT_A_LAB and not asked.no_lab:
        entry = enter_lab(f"lab-{os.urandom(4).hex()}")
    session = Session(spec, spec_path=spec_path, bazel=bazel, environ=os.environ, asked=asked, entry=entry)
    status = session.run(supervise)
    if asked.serves and not status:  # logs stay; data of every start would fill the disk
        import shutil

        shutil.rmtree(os.path.join(bazel.tmp_directory, "servers"), ignore_errors=True)
    return status


if __name__ == "__main__":
    status = main(sys.argv[1:])
    with suppress(OSError):  # whoever read it may be gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)  # everything is written and given back; taking the interpreter apart costs 50 ms with gRPC loaded
