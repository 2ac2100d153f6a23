"""The log: its formats, outputs, levels and files."""

from __future__ import annotations

import json
import re
import signal

import pytest

from tests.framework.standin.support.standin_server import Make, wait_until


def test_the_log_has_arangods_format(make: Make) -> None:
    """Time, pid and thread, role letter, level, id and topic; the ready line tells that it is the stand-in."""
    server = make().start().wait_available()
    assert server.process is not None
    first = server.log().splitlines()[0]

    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \[\d+-\d+\] S INFO \[[0-9a-f]{5}\] \{general\} ", first)
    assert f"[{server.process.pid}-" in first
    assert "arangod-standin" in first
    assert re.search(r"\[cf3f4\].*is ready for business\. Have fun!", server.log())


def test_the_log_can_be_json(make: Make) -> None:
    """With --log.use-json-format each line is an object with arangod's keys."""
    server = make("--log.use-json-format", "true").start().wait_available()
    record = json.loads(server.log().splitlines()[0])

    assert {"time", "pid", "tid", "role", "level", "topic", "id", "message"} <= set(record)


def test_sighup_reopens_the_log(make: Make) -> None:
    """After a rotation and SIGHUP the log goes to a new file."""
    server = make().start().wait_available()
    server.log_file.rename(server.folder / "old.log")
    server.signal(signal.SIGHUP)

    wait_until(lambda: "reopened" in server.log(), "a new log file")


@pytest.mark.parametrize(
    ("time_format", "pattern"),
    [
        ("utc-datestring", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ "),
        ("utc-datestring-millis", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "),
        ("local-datestring", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d "),
        ("timestamp-millis", r"\d{10}\.\d{3} "),
        ("uptime-micros", r"\d\.\d{6} "),
        ("uptime", r"\d+ "),
    ],
)
def test_the_time_has_the_format_asked_for(make: Make, time_format: str, pattern: str) -> None:
    """--log.time-format takes all of ArangoDB's formats."""
    server = make("--log.time-format", time_format).start().wait_available()

    assert re.match(pattern + r"\[", server.log())


def test_parts_of_the_line_can_be_chosen(make: Make) -> None:
    """Ids, process and thread can be left out; thread names, line numbers, host name and prefix can be had."""
    options = ["--log.ids", "false", "--log.process", "false", "--log.thread", "false", "--log.thread-name", "true",
               "--log.line-number", "true", "--log.hostname", "host1", "--log.prefix", "pre"]  # fmt: skip
    server = make(*options).start().wait_available()

    assert re.match(r"host1 \S+Z pre \[MainThread\] S INFO \[\w+@\w+\.py:\d+\] \{\w+\} ", server.log())


def test_outputs_split_by_topic_and_level(make: Make) -> None:
    """A topic with an output of its own goes there alone; an output takes only the levels it says."""
    server = make()
    server.folder.mkdir(exist_ok=True)
    errors, crash = server.folder / "errors.log", server.folder / "crash.log"
    server.options = ("--log.output", f"file://{errors};all=error", "--log.output", f"crash=file://{crash}",
                      "--standin.log-error-line", "made up", "--standin.crash-after-ready-s", "0.1")  # fmt: skip
    server.start()

    assert server.wait_exit() == -signal.SIGABRT
    assert [" ERROR " in line for line in errors.read_text().splitlines()] == [True]
    assert crash.read_text().count("{crash}") > 3
    assert "{crash}" not in server.log()
    assert "made up" in server.log()


def test_a_level_without_a_topic_is_that_of_general(make: Make) -> None:
    """--log.level LEVEL sets the topic general alone, all=LEVEL all; later ones count more."""
    server = make("--log.level", "all=warning", "--log.level", "error", "--log.level", "queries=trace")
    server.start().wait_available()
    levels = server.call("GET", "/_admin/log/level").body

    assert (levels["general"], levels["startup"], levels["queries"]) == ("ERROR", "WARNING", "TRACE")
    assert "ready for business" not in server.log()
