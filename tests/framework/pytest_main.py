"""Runs the test files given as arguments under pytest, with Bazel's test contract: XML, filter, fail-fast."""

import os
import shutil
import sys
import tempfile

import pytest


def pytest_arguments(files: list[str], environment: dict[str, str]) -> list[str]:
    """pytest's command line for these test files, from what Bazel says in the environment."""
    arguments = [
        "--import-mode=importlib",
        "--strict-markers",
        "--tb=short",
        "-pno:cacheprovider",
        "-oasyncio_mode=auto",
        "-oasyncio_default_fixture_loop_scope=function",
        "-ojunit_family=xunit1",
        "-oxfail_strict=true",
        f"-ojunit_suite_name={environment.get('TEST_TARGET', 'pytest')}",
        f"--rootdir={os.getcwd()}",
    ]
    if xml := environment.get("XML_OUTPUT_FILE"):
        arguments.append(f"--junitxml={xml}")
    if environment.get("TESTBRIDGE_TEST_RUNNER_FAIL_FAST") == "1":
        arguments.append("--exitfirst")
    wanted = environment.get("TESTBRIDGE_TEST_ONLY", "")
    if "::" in wanted:
        return arguments + wanted.split()
    if wanted:
        arguments += ["-k", wanted]
    return arguments + files


def main() -> int:
    """Runs pytest and returns its exit code; temporary folders of tests are short, so that sockets fit in."""
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    os.environ.setdefault("HOME", os.environ.get("TEST_TMPDIR", "/tmp"))
    temporary = tempfile.mkdtemp(prefix="pt-", dir="/tmp")
    os.environ["PYTEST_DEBUG_TEMPROOT"] = temporary
    try:
        return int(pytest.main(pytest_arguments(words, dict(os.environ)) + options))
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
