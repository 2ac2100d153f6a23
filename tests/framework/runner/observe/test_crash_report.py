"""The crash handler's lines in text and JSON logs."""

from __future__ import annotations

import json

from armadillo.observe.crash_report import parse_crash

_HEAD = "2026-01-02T03:04:05.1Z [77-78] D"
CRASH = f"""\
{_HEAD} INFO [cf3f4] {{general}} ready for business
{_HEAD} FATAL [a7902] {{crash}} \N{COLLISION SYMBOL} ArangoDB 3.12.5 [linux], build-id abc, thread 7 [SchedWorker] \
caught unexpected signal 11 (SIGSEGV, sub type 1) from pid 0 in state "in wait" in directory "/d" \
accessing address 0x10: signal handler invoked - image base address: 0x1 - CPU context: rip: 0x2
{_HEAD} INFO [c962b] {{crash}} Backtrace of thread 7 [SchedWorker]
{_HEAD} INFO [308c3] {{crash}} frame  1 [+0x0000000000a1]: *no symbol name available for this frame
{_HEAD} INFO [308c3] {{crash}} frame  2 [+0x0000000000b2]: __restore_rt (+0x0000000000b2)
{_HEAD} INFO [308c3] {{crash}} frame  3 [+0x0000000000c3]: arangodb::RocksDBEngine::flush() (+0x0000000000c3)
{_HEAD} INFO [ded81] {{crash}} available physical memory: 1, rss usage: 2, vsz: 3, threads: 4
"""


def test_a_crash_is_told_in_one_line() -> None:
    """Signal, address, thread and the first frame of the server itself are the headline."""
    crash = parse_crash(CRASH)
    assert crash is not None
    assert crash.headline == (
        "SIGSEGV accessing address 0x10 in thread SchedWorker in arangodb::RocksDBEngine::flush()"
    )
    assert len(crash.frames) == 3


def test_an_assertion_stands_before_its_signal() -> None:
    """A failed assertion is the reason; the abort that follows is only its way out."""
    told = CRASH.replace(
        "accessing address 0x10: signal handler invoked",
        "accessing address 0x10: assertion failed in /src/A.cpp:12 [f()]: a == b ; too late",
    )
    crash = parse_crash(told)
    assert crash is not None
    assert crash.headline.startswith("assertion failed in /src/A.cpp:12 [f()]: a == b ; too late in thread SchedWorker")


def test_json_logs_are_read_as_well() -> None:
    """The same lines as JSON objects give the same report."""
    lines = []
    for line in CRASH.splitlines():
        head, _, message = line.partition("} ")
        lines.append(json.dumps({"id": head.split("[")[2][:5], "topic": "crash", "message": message}))
    crash, same = parse_crash("\n".join(lines)), parse_crash(CRASH)
    assert crash is not None
    assert same is not None
    assert crash.headline == same.headline


def test_the_last_crash_counts() -> None:
    """A log with two lives tells of the last one."""
    crash = parse_crash(CRASH + CRASH.replace("SIGSEGV", "SIGABRT").replace("signal 11", "signal 6"))
    assert crash is not None
    assert crash.signal_name == "SIGABRT"


def test_a_log_without_a_crash_tells_of_none() -> None:
    """A backtrace of something else, torn lines and JSON that is none are no crash."""
    assert parse_crash("") is None
    assert parse_crash('{"id": "a79\n[308c3] {crash} frame 1 [+0x1]: f\n') is None
