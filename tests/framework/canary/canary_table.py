"""All canaries, by group; each group is one target of this package and one run of an inner Bazel or a few."""

from __future__ import annotations

from collections.abc import Mapping

from .canary import Canary
from .case_canaries import CASE_CANARIES
from .deadline_canaries import DEADLINE_CANARIES
from .fault_canaries import FAULT_CANARIES
from .log_canaries import LOG_CANARIES
from .sanitizer_canaries import SANITIZER_CANARIES
from .server_canaries import SERVER_CANARIES

GROUPS: Mapping[str, tuple[Canary, ...]] = {
    "cases": CASE_CANARIES,
    "servers": SERVER_CANARIES,
    "deadlines": DEADLINE_CANARIES,
    "faults": FAULT_CANARIES,
    "logs": LOG_CANARIES,
    "sanitizers": SANITIZER_CANARIES,
}
