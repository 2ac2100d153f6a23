"""arangod's manners: what the process does, besides answering requests. More of it is tested in ../process."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from tests.framework.standin.support.compatibility import feature
from tests.framework.standin.support.standin_server import Make, run_to_end


@feature("Process", "options of both families, exit codes 3 and 4")
@pytest.mark.parametrize(
    ("options", "codes"),
    [
        (["--rocksdb.block-cache-size", "64MiB", "--query.memory-limit=1G", "--cluster.write-concern", "2"], (0, 0)),
        (["--javascript.enabled", "false", "--foxx.queues", "true", "--server.statistics", "false"], (0, 0)),
        (["--tls.keyfile", "x"], (3, 0)),
        (["--server.jwt-secret", "x"], (0, 3)),
        (["--web-interface.version-check", "false"], (0, 3)),
        (["--no.such-option"], (3, 3)),
        (["--cluster.write-concern", "0"], (4, 4)),
    ],
)
def test_options_are_those_of_the_family(options: list[str], codes: tuple[int, int]) -> None:
    """Known ones are accepted, unknown ones end with 3, bad values with 4, in 3.12 and in 4.0."""
    found = [run_to_end("--standin.version-family", family, *options, "--version") for family in ("3.12", "4.0")]
    assert tuple(done.returncode for done in found) == codes


@feature("Process", "configuration files with sections, includes and variables")
def test_configuration_files_are_read(make: Make, tmp_path: Path) -> None:
    """What a file says counts unless the command line says otherwise."""
    (tmp_path / "common.conf").write_text("[log]\nids = false\n")
    (tmp_path / "arangod.conf").write_text("@include common\n[database]\nauto-upgrade = @UP@\n[log]\nrole = false\n")
    server = make("--define", "UP=true")
    command = server.command()
    command[command.index("none")] = str(tmp_path / "arangod.conf")
    server.start(command)
    assert server.wait_exit() == 0
    assert re.search(r" S INFO \{general\} ", server.log())


@feature("Process", "--version, --version-json, --help, --dump-options, --check-configuration")
def test_commands_print_and_end(tmp_path: Path) -> None:
    """They need no data directory and make none."""
    assert "server-version: 3.12." in run_to_end("--version").stdout
    assert json.loads(run_to_end("--version-json").stdout)["license"] == "community"
    assert "--agency.activate <boolean>" in run_to_end("--help").stdout
    assert "server.endpoint" in json.loads(run_to_end("--dump-options").stdout)
    assert run_to_end("--check-configuration", "--database.directory", str(tmp_path / "d")).returncode == 0


@feature("Process", "log format, topics, levels, outputs, JSON")
def test_the_log_is_arangods(make: Make) -> None:
    """Lines have time, process, role, level, id and topic; as JSON they have the same by name."""
    plain = make().start().wait_available()
    assert re.search(r"^\S+Z \[\d+-\d+\] S INFO \[cf3f4\] \{general\} .*ready for business", plain.log(), re.MULTILINE)
    lines = make("--log.use-json-format", "true", folder="json").start().wait_available().log().splitlines()
    assert "cf3f4" in {json.loads(line)["id"] for line in lines}


@feature("Process", "SIGTERM, SIGHUP, exit code 0")
def test_signals_are_obeyed(make: Make) -> None:
    """One SIGTERM ends with 0; SIGHUP opens the log anew."""
    server = make().start().wait_available()
    server.signal(signal.SIGHUP)
    assert server.call("GET", "/_api/version").status == 200
    assert server.stop() == 0
    assert "[b4133]" in server.log()


@feature("Process", "crash handler with backtrace and dumps")
def test_crashes_are_told(make: Make) -> None:
    """A signal that means a crash leaves the lines of ArangoDB's crash handler."""
    server = make().start().wait_available()
    server.signal(signal.SIGSEGV)
    assert server.wait_exit() == -signal.SIGSEGV
    for log_id in ("a7902", "c962b", "308c3", "ded81"):
        assert f"[{log_id}] {{crash}}" in server.log()


@feature("Process", "LOCK, VERSION, ENGINE, UUID; exit codes 21, 22")
def test_the_data_directory_is_arangods(make: Make) -> None:
    """The files are there, and a second process is refused."""
    server = make().start().wait_available()
    assert {"LOCK", "VERSION", "ENGINE"} <= {file.name for file in (server.folder / "data").iterdir()}
    assert make(port=server.port).start().wait_exit() == 22
    assert make(port=server.port, folder="other").start().wait_exit() == 21


@feature("Process", "--database.auto-upgrade, --database.check-version; exit codes 10 to 13")
def test_versions_are_checked_and_upgraded(make: Make) -> None:
    """A directory of 3.12 is refused by 4.0 until it is upgraded, and by 3.12 afterwards."""
    server = make().start().wait_available()
    assert server.stop() == 0
    four = ("--standin.version-family", "4.0")
    assert make(*four, port=server.port).start().wait_exit() == 11
    assert make(*four, "--database.auto-upgrade", "true", port=server.port).start().wait_exit() == 0
    assert make(*four, "--database.check-version", "true", port=server.port).start().wait_exit() == 0
    assert make("--database.check-version", "true", port=server.port).start().wait_exit() == 12


@feature("Process", "several endpoints, Unix sockets")
def test_endpoints_can_be_several(make: Make) -> None:
    """More than one endpoint is served, and a bad one is refused with 4."""
    server = make()
    server.options = ("--server.endpoint", f"unix://{server.folder / 's'}")
    server.start().wait_available()
    assert (server.folder / "s").is_socket()
    assert run_to_end("--server.endpoint", "vst://127.0.0.1:1", "--database.directory", "x").returncode == 4


@feature("Process", "--supervisor", "definition only")
def test_the_supervisor_is_accepted() -> None:
    """The option is known and has no effect."""
    assert run_to_end("--supervisor", "true", "--version").returncode == 0
