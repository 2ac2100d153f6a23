"""Environment variables that tell the sanitizers of an instrumented arangod what to do.

The options are those of ArangoDB's own CI (arangodb/arangodb, .circleci/base_config.yml), with two differences: reports
do not end the process (``halt_on_error=0``), so that all of a run survive, and all four name the same log, because in a
build with address and undefined behaviour sanitizers each writes to the other's.
"""

from __future__ import annotations

from collections.abc import Mapping

from .installation import Installation

LOG_NAME = "sanitizer"
"""Reports are in ``<evidence directory>/sanitizer.<executable>.<pid>`` or ``sanitizer.<pid>``."""

_COMMON = {"log_exe_name": "true", "halt_on_error": "0"}
_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "ASAN_OPTIONS": {
        **_COMMON,
        "handle_ioctl": "true",
        "check_initialization_order": "true",
        "detect_container_overflow": "true",
        "detect_stack_use_after_return": "false",
        "detect_odr_violation": "1",
        "strict_init_order": "true",
    },
    "LSAN_OPTIONS": {"log_exe_name": "true", "print_suppressions": "0"},
    "UBSAN_OPTIONS": {"print_stacktrace": "1", "halt_on_error": "0"},
    "TSAN_OPTIONS": {
        "halt_on_error": "0",
        "detect_deadlocks": "true",
        "second_deadlock_stack": "1",
        "print_suppressions": "0",
    },
}


_SUPPRESSED_BY = {
    "ASAN_OPTIONS": "address",
    "LSAN_OPTIONS": "leak",
    "TSAN_OPTIONS": "thread",
    "UBSAN_OPTIONS": "undefined",
}


def sanitizer_environment(directory: str, installation: Installation, user: Mapping[str, str]) -> dict[str, str]:
    """The four ``*SAN_OPTIONS`` for one incarnation with its evidence in `directory`.

    What the user sets in one of these variables wins option by option; options that he does not name keep our values.
    """
    made = {}
    for name, options in _OPTIONS.items():
        own = {**options, "log_path": _quoted(f"{directory}/{LOG_NAME}")}
        suppressions = installation.sanitizer_suppressions.get(_SUPPRESSED_BY[name], "")
        if suppressions:
            own["suppressions"] = _quoted(suppressions)
        if installation.symbolizer:
            own["external_symbolizer_path"] = _quoted(installation.symbolizer)
        made[name] = _joined({**own, **_split(user.get(name, ""))})
    return made


def _quoted(path: str) -> str:
    """A path with a sign that would end an option, between quotes: the runtimes take them around a value."""
    return f"'{path}'" if any(sign in path for sign in ":, ") else path


def _joined(options: Mapping[str, str]) -> str:
    return ":".join(f"{name}={value}" for name, value in options.items())


def _split(text: str) -> dict[str, str]:
    """``a=1:b='x:y'`` as a dictionary; the runtimes take colons, commas and blanks between options."""
    found: dict[str, str] = {}
    name, value, quote, in_value = "", "", "", False
    for sign in text + ":":
        if quote:
            value += sign
            quote = "" if sign == quote else quote
        elif sign in ":, \n\t":
            if name:
                found[name] = value
            name, value, in_value = "", "", False
        elif sign == "=" and not in_value:
            in_value = True
        elif in_value:
            quote = sign if sign in "'\"" and not value else ""
            value += sign
        else:
            name += sign
    return found
