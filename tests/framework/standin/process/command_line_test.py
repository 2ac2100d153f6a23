"""The command line and configuration files: what is read, what is refused, and what is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.framework.standin.support.standin_server import Make, run_to_end

FOUR = ["--standin.version-family", "4.0"]


def test_version_is_printed_as_key_value_lines() -> None:
    """--version prints arangod's keys, and a line that says that it is the stand-in."""
    done = run_to_end("--version", "--log.force-direct=true")
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)

    assert done.returncode == 0
    assert re.fullmatch(r"3\.12\.\d+", lines["server-version"])
    assert {"license": "community", "v8-version": "none", "asan": "false"}.items() <= lines.items()
    assert lines["standin"].startswith("arangod-standin ")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--no.such-option", "1"], 3),
        (["--agency.size", "many"], 4),
        (["--server.authentication", "--agency.size=x"], 4),
        (["--cluster.my-role", "KING"], 4),
        (["--server.endpoint", "ssl://127.0.0.1:1"], 4),
        (["--configuration", "/nowhere.conf"], 6),
        (["--log.level", "loud"], 4),
        (["--cluster.my-role", "PRIMARY"], 4),
    ],
)
def test_wrong_options_end_with_arangods_exit_codes(options: list[str], code: int, tmp_path: Path) -> None:
    """Unknown option 3, bad value 4, no configuration 6; the message says what was expected."""
    done = run_to_end("--database.directory", str(tmp_path / "data"), *options)

    assert code == done.returncode
    assert done.stderr.strip()


def test_both_spellings_of_an_option_are_read(make: Make) -> None:
    """--a.b value and --a.b=value mean the same; options without effect are accepted."""
    server = make("--rocksdb.block-cache-size=64MiB", "--query.memory-limit", "1000000", "--log.level", "crash=info",
                  "--http.trusted-origin", "all", "--javascript.enabled", "false")  # fmt: skip

    assert server.start().wait_available().call("GET", "/_api/version").status == 200


def test_the_version_can_be_json() -> None:
    """--version-json prints the same keys as an object."""
    done = run_to_end("--version-json")

    assert done.returncode == 0
    assert json.loads(done.stdout)["server-version"].startswith("3.12.")


@pytest.mark.parametrize(
    ("section", "seen", "unseen"),
    [("", "--server.endpoint", "--rocksdb.throttle"), ("-rocksdb", "--rocksdb.throttle", "--server.endpoint"),
     ("-all", "--ttl.frequency", "nothing of this kind"), ("-standin", "--standin.failover", "--server.endpoint")],
)  # fmt: skip
def test_help_is_by_section(section: str, seen: str, unseen: str) -> None:
    """--help shows the usual sections, --help-SECTION one, --help-all all options with types and defaults."""
    done = run_to_end(f"--help{section}")

    assert done.returncode == 0
    assert seen in done.stdout
    assert unseen not in done.stdout


def test_options_can_be_dumped_and_checked(tmp_path: Path) -> None:
    """--dump-options prints what is known of every option; --check-configuration only checks."""
    options = json.loads(run_to_end("--dump-options").stdout)
    known = options["server.endpoint"]

    assert (known["type"], known["section"], len(options) > 450) == ("string...", "server", True)
    assert run_to_end("--check-configuration", "--database.directory", str(tmp_path / "data")).returncode == 0
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--javascript.v8-contexts", "3", "--foxx.queues", "false", "--server.statistics", "true"], 0),
        (["--ssl.keyfile", "x", "--tls.keyfile", "y"], 0),
        (["--server.storage-engine", "rocksdb"], 0),
        (["--server.jwt-secret", "x"], 3),
        (["--network.protocol", "http"], 3),
        (["--agency.pool-size", "3"], 3),
    ],
)
def test_family_4_knows_its_own_options(options: list[str], code: int) -> None:
    """What 4.0 ignores is accepted, what it has removed is unknown; 3.12 knows the latter."""
    assert run_to_end(*FOUR, *options, "--version").returncode == code
    if code:
        assert run_to_end(*options, "--version").returncode == 0
    assert "server-version: 4.0.0" in run_to_end(*FOUR, "--version").stdout


@pytest.mark.parametrize(
    "options",
    [
        ["--agency.size=-1"],
        ["--server.session-timeout", "0.5"],
        ["--cluster.default-replication-factor", "11"],
        ["--cluster.upgrade", "never"],
        ["--rocksdb.block-cache-size", "5XB"],
        ["--log.time-format", "iso"],
        ["--server.endpoint", "tcp://"],
        ["--server.endpoint", "tcp://127.0.0.1:99999"],
        ["--standin.crash-at", "midnight"],
        ["--standin.hang", "loop:minutes:3"],
        ["--standin.spin", "request"],
        ["--standin.spin", "now"],
    ],
)
def test_values_out_of_range_are_bad(options: list[str], tmp_path: Path) -> None:
    """Ranges and possible values of ArangoDB's option tables are kept; the message names the option or endpoint."""
    done = run_to_end("--database.directory", str(tmp_path / "data"), *options)

    assert done.returncode == 4
    assert "expected" in done.stderr


def test_a_configuration_file_is_read(make: Make, tmp_path: Path) -> None:
    """Sections, dotted names, comments, includes, variables and repeated options; the command line counts more."""
    (tmp_path / "base.conf").write_text("[log]\nids = false\nrole = true\n[query]\nmax-runtime = 33\n")
    (tmp_path / "main.conf").write_text(
        "# a comment\n; another\n@include base\n\n[log]\nlevel = startup=debug\nlevel = queries = trace\n"
        "time-format = timestamp\n[]\nlog.prefix = @PLACE@\n[server]\nsession-timeout = 77\n"
    )
    server = make("--define", "PLACE=here", "--server.session-timeout", "99")
    command = server.command()
    command[command.index("none")] = str(tmp_path / "main.conf")
    server.start(command).wait_available()
    levels = server.call("GET", "/_admin/log/level").body
    options = server.call("GET", "/_admin/options").body

    assert (levels["startup"], levels["queries"], levels["general"]) == ("DEBUG", "TRACE", "INFO")
    assert re.match(r"\d{10} here \[\d+-\d+\] S INFO \{general\} ", server.log())
    assert (options["query.max-runtime"], options["server.session-timeout"]) == (33, 99)


@pytest.mark.parametrize(
    ("text", "code"),
    [("[server]\nno-such-option = 1\n", 3), ("[agency]\nsize = many\n", 4), ("what is this\n", 6),
     ("@include nowhere\n", 6), ("@include bad\n", 6)],
)  # fmt: skip
def test_wrong_configuration_files_end_with_arangods_exit_codes(text: str, code: int, tmp_path: Path) -> None:
    """Unknown options 3, bad values 4, unreadable or malformed files 6; the message names the file."""
    (tmp_path / "bad.conf").write_text(text)
    done = run_to_end("-c", str(tmp_path / "bad.conf"), "--database.directory", str(tmp_path / "data"))

    assert done.returncode == code
    assert str(tmp_path) in done.stderr


def test_at_signs_stand_for_variables(make: Make) -> None:
    """@NAME@ in a value is replaced by the environment's variable, @@ by an at sign."""
    options = ["--check-configuration", "--server.endpoint", "@SCHEME@://127.0.0.1:1@@", "--database.directory", "x"]
    done = run_to_end(*options, environment={"SCHEME": "tcp"})

    assert done.returncode == 4
    assert "'tcp://127.0.0.1:1@'" in done.stderr
