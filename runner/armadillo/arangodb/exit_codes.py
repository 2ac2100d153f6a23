"""What arangod's exit codes mean (its exitcodes.yaml for 3.12 and 4.x)."""

from __future__ import annotations

GENERAL_FAILURE = 1
UPGRADE_REQUIRED = 11
PORT_NOT_BINDABLE = 21

MEANINGS = {
    0: "clean end",
    GENERAL_FAILURE: "general failure",
    2: "code resolving failed",
    3: "unknown option on the command line",
    4: "bad value of an option",
    5: "binary not found",
    6: "configuration file missing or invalid",
    10: "upgrade failed",
    UPGRADE_REQUIRED: "an upgrade of the data directory is required",
    12: "the data directory is of a newer version",
    13: "version check failed",
    20: "already running",
    PORT_NOT_BINDABLE: "the port cannot be bound: somebody else listens there",
    22: "the data directory is locked by another process",
    23: "recovery failed",
    24: "the data directory is not in the required state",
    25: "the storage engine cannot be started",
    26: "ICU data (icudtl*.dat) not found",
    27: "time zone data not found",
    28: "too few resources, for instance open files",
    29: "check of SST files failed",
    30: "full compaction failed",
    126: "the file cannot be executed",
    127: "the executable was not found",
}


def meaning(exit_code: int) -> str:
    """The exit code's meaning in words; "unknown exit code" for one that arangod does not document."""
    return MEANINGS.get(exit_code, "an exit code that arangod does not document")
