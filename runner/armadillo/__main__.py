"""`python -m armadillo --spec FILE [words for pytest]`: runs one test target. Called by the rules' launcher."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

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
    from .errors import SpecError
    from .model.bazel_environment import read_bazel_environment
    from .model.spec import read_spec
    from .net.lab_entry import OUTSIDE, enter_lab
    from .net.open_network import WANT_A_LAB
    from .session import Session

    bazel = read_bazel_environment(os.environ)
    try:
        spec = read_spec(spec_path)
    except SpecError as error:
        import time

        from .results.skeleton_xml import write_skeleton_xml

        print(f"armadillo: {error}", file=sys.stderr)
        write_skeleton_xml(bazel.xml_path, os.environ.get("TEST_TARGET", "unknown"), time.time(), str(error))
        return USAGE_EXIT_CODE
    entry = enter_lab(f"lab-{os.urandom(4).hex()}") if spec.deployment.network in WANT_A_LAB else OUTSIDE
    return Session(spec, spec_path=spec_path, bazel=bazel, environ=os.environ, args=args, entry=entry).run()


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # everything is written and given back; taking the interpreter apart costs 50 ms with gRPC loaded
