"""`python -m armadillo.seeding --spec FILE --output FILE --timeout_s N`: the build action of an arangodb_dataset.

A run like that of a test, whose cases are the functions `seed` of a script; then the data of its stopped servers are
stored. It is quiet when all is well, as a build action should be.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..session import Session


def main(argv: Sequence[str]) -> int:
    """Makes one dataset; answers the exit code."""
    parser = argparse.ArgumentParser(prog="armadillo.seeding", description=__doc__)
    parser.add_argument("--spec", required=True)
    parser.add_argument("--output", required=True)
    parser.add_argument("--timeout_s", type=int, required=True)
    arguments = parser.parse_args(argv)
    work = os.path.abspath(arguments.output) + ".work"
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    for name in [name for name in os.environ if name.startswith(("TEST_", "TESTBRIDGE_", "PYTEST_"))]:
        del os.environ[name]  # where a shell or another test starts this by hand
    os.environ["TEST_TMPDIR"] = os.path.join(work, "tmp")
    os.environ["TEST_UNDECLARED_OUTPUTS_DIR"] = os.path.join(work, "outputs")
    os.environ["TEST_TIMEOUT"] = str(arguments.timeout_s)
    os.makedirs(os.environ["TEST_TMPDIR"])
    return _seed(arguments.spec, os.path.abspath(arguments.output), work)


def _seed(spec_path: str, output: str, work: str) -> int:
    from ..errors import ArmadilloError
    from ..model.bazel_environment import read_bazel_environment
    from ..model.run_words import RunWords
    from ..model.spec import read_spec
    from ..net.lab_entry import OUTSIDE, enter_lab
    from ..net.open_network import WANT_A_LAB
    from ..session import Session
    from ..supervise import supervise
    from .failure import failure_report, headline_of

    bazel = read_bazel_environment(os.environ)
    spec = read_spec(spec_path)
    log_path = os.path.join(work, "seeding.log")
    told = os.dup(2)
    with open(log_path, "wb") as log:
        for descriptor in (1, 2):
            os.dup2(log.fileno(), descriptor)
    entry = enter_lab(f"lab-{os.urandom(4).hex()}") if spec.deployment.network in WANT_A_LAB else OUTSIDE
    session = Session(spec, spec_path=spec_path, bazel=bazel, environ=os.environ, asked=RunWords(), entry=entry)
    status = session.run(supervise)
    reason = f"the seeding failed: {headline_of(bazel.outputs_directory)}" if status else ""
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        if status == 0:
            _store(session, output)
    except (ArmadilloError, OSError) as error:
        status, reason = 1, f"the data could not be stored: {error}"
    if status:
        report = failure_report(spec.target, reason, log_path, os.path.join(bazel.outputs_directory, "servers"))
        os.write(told, report.encode(errors="replace"))
    shutil.rmtree(work, ignore_errors=True)
    return status


def _store(session: Session, output: str) -> None:
    """Raises `DatasetError`, OSError."""
    from ..datasets.dataset import addresses_of, directories_of, is_left_out, unplanned_servers
    from ..datasets.packing import pack
    from ..datasets.record import DatasetRecord
    from ..errors import DatasetError

    added = unplanned_servers(os.path.join(session.bazel.tmp_directory, "servers"), session.plans)
    if added:
        raise DatasetError(
            f"expected the servers of the target, found {', '.join(added)} as well: a script that adds servers makes "
            "another topology; set `dbservers` or `coordinators` instead"
        )
    record = DatasetRecord(
        target=session.spec.target,
        server_label=session.spec.server.label,
        version=session.facts.version,
        edition=session.facts.edition,
        standin=session.facts.standin,
        servers=addresses_of(session.plans) if session.spec.deployment.is_cluster else {},
        is_cluster=session.spec.deployment.is_cluster,
        network_tier=session.tier,
        skip_reason=session.skip_reason,
    )
    pack(output, record, {} if session.skip_reason else directories_of(session.plans), is_left_out)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    os._exit(status)
