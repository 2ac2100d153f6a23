"""How the runner asks the test process for its stacks; both sides take it from here."""

from __future__ import annotations

import signal

STACKS_SIGNAL = signal.SIGRTMAX - 1
"""On this signal the test process writes the stacks of all its threads to the file."""

STACKS_VARIABLE = "ARMADILLO_STACKS_FILE"
"""Environment variable of the test process: where that file is."""
