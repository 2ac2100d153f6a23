"""Names of the gRPC metadata between the runner and the test process; both sides take them from here."""

from __future__ import annotations

TOKEN_METADATA = "armadillo-token"
"""Sent with every call: the run's token."""

ERROR_METADATA = "armadillo-error"
"""Sent back with a refused verb: the name of the exception's class in `armadillo.errors`."""
