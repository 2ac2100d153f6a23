"""How the runner asks the test process for its stacks; both sides take it from here."""

from __future__ import annotations

import signal

STACKS_SIGNAL = signal.SIGRTMAX - 1
"""On this signal the test process writes the stacks of its threads and of its asyncio tasks to the file."""

THREADS_SIGNAL = signal.SIGRTMAX - 2
"""On this one only those of its threads, and without the interpreter's help: for one that does not answer the first."""

STACKS_VARIABLE = "ARMADILLO_STACKS_FILE"
"""Environment variable of the test process: where that file is."""

MAIN_TITLE = "Current thread "
"""How the block of the main thread begins, in which tests run; it is faulthandler's word for it."""

TASK_TITLE = "Task "
"""How the block of an asyncio task begins; its frames are written as faulthandler writes those of threads."""

END_OF_STACKS = "--- end of stacks"
"""The last line of an answer to the first signal."""
