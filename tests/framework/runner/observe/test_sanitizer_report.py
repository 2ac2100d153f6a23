"""Sanitizer reports: samples of GCC's runtimes, and programs that are compiled and run here."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from armadillo.arangodb.sanitizer_options import LOG_NAME, sanitizer_environment
from armadillo.observe.sanitizer_report import parse_reports, without_repetitions

from tests.framework.runner.support.plans import ARANGODB_3_12, installation

INSTRUMENTED = installation(ARANGODB_3_12)

SAMPLES = Path(__file__).parent / "samples"


def _headlines(name: str) -> list[str]:
    return [report.headline for report, _ in without_repetitions(parse_reports((SAMPLES / name).read_text()))]


def test_address_sanitizer_is_named_with_the_first_own_frame() -> None:
    """The headline says what happened and where in the program, not in which runtime function."""
    assert _headlines("asan_heap_use_after_free.log") == [
        "AddressSanitizer: heap-use-after-free in arango::Cache::read() /src/asan_uaf.cpp:6"
    ]
    assert _headlines("asan_heap_buffer_overflow_thread.log") == [
        "AddressSanitizer: heap-buffer-overflow in fill(char*, int) /src/asan_heap.cpp:4"
    ]


def test_each_leak_is_a_report() -> None:
    """A leak report is taken apart: each stack tells who forgot the memory."""
    found = _headlines("lsan_standalone.log")
    assert len(found) == 3
    assert found[0] == "LeakSanitizer: direct leak of 56 bytes in 1 objects in build(int) /src/lsan.cpp:6"


def test_a_log_of_the_thread_sanitizer_holds_several_reports() -> None:
    """A race and a lock-order inversion in one file are two reports."""
    assert _headlines("tsan_race_and_lock_order.log") == [
        "ThreadSanitizer: data race in inc() /src/tsan.cpp:8",
        "ThreadSanitizer: lock-order-inversion (potential deadlock) in lockAB() /src/tsan.cpp:9",
    ]


def test_undefined_behaviour_is_found_without_separators_and_counted() -> None:
    """Reports that follow each other without any line between are told apart; a repeated one is counted."""
    found = without_repetitions(parse_reports((SAMPLES / "ubsan_nonfatal_5_errors.log").read_text()))
    assert len(found) == 6
    assert sum(count for _, count in found) == 7
    assert found[1][0].what == "shift exponent 32 is too large for 32-bit type 'int'"


def test_a_fingerprint_does_not_know_addresses() -> None:
    """The same mistake at other addresses has the same fingerprint, another mistake another one."""
    text = (SAMPLES / "asan_heap_use_after_free.log").read_text()
    moved = text.replace("0x607000000100", "0x607000000999").replace("==1692==", "==7==")
    other = (SAMPLES / "asan_heap_buffer_overflow_thread.log").read_text()
    first, second, third = (parse_reports(log)[0].fingerprint for log in (text, moved, other))
    assert first == second != third


def test_other_text_is_no_report() -> None:
    """Ordinary output and an empty log hold nothing."""
    assert parse_reports("") == []
    assert parse_reports("2026-01-01T00:00:00Z [1] INFO hello\nERROR: no sanitizer\n#0 frame of nobody\n") == []


PROGRAMS = {
    "address": ("int main() { int *p = new int(1); delete p; return *p; }", "heap-use-after-free in main"),
    "leak": ("int main() { int *volatile p = new int[10]; p = nullptr; return 0; }", "direct leak of 40 bytes"),
    "undefined": (
        "int main(int n, char **) { int big = 2147483647; return (big + n) == 0; }",
        "signed integer overflow",
    ),
    "thread": (
        "#include <thread>\nint shared; int main() { std::thread other([] { ++shared; }); ++shared; other.join();"
        " return 0; }",
        "data race",
    ),
}


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_real_program_is_caught_by_our_options(kind: str, tmp_path: Path) -> None:
    """A program compiled with the sanitizer and run with our options leaves a log in which the mistake is found."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("g++ is not installed: no program can be instrumented")
    source, expected = PROGRAMS[kind]
    (tmp_path / "program.cpp").write_text(source)
    built = subprocess.run(
        [compiler, "-g", "-O0", f"-fsanitize={kind}", "-o", "program", "program.cpp"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if built.returncode:
        pytest.skip(f"g++ cannot build with -fsanitize={kind} here: {built.stderr.strip().splitlines()[-1]}")
    environment = {**os.environ, **sanitizer_environment(str(tmp_path), INSTRUMENTED, {})}
    subprocess.run([tmp_path / "program"], env=environment, cwd=tmp_path, capture_output=True, check=False)
    logs = [file.read_text() for file in tmp_path.glob(f"{LOG_NAME}.*")]
    assert len(logs) == 1, list(tmp_path.iterdir())
    assert expected in parse_reports(logs[0])[0].headline
