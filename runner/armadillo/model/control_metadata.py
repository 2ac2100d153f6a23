"""Names by which the runner and the test process meet: environment, gRPC metadata; both sides take them from here."""

from __future__ import annotations

SOCKET_VARIABLE = "ARMADILLO_CONTROL_SOCKET"
"""In the test's environment: path of the control service's socket."""

TOKEN_VARIABLE = "ARMADILLO_CONTROL_TOKEN"
"""In the test's environment: the run's token."""

TOKEN_METADATA = "armadillo-token"
"""Sent with every call: the run's token."""

ERROR_METADATA = "armadillo-error"
"""Sent back with a refused verb: the name of the exception's class in `armadillo.errors`."""
