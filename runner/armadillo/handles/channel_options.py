"""How to reach the runner's Unix socket."""

from __future__ import annotations

CHANNEL_OPTIONS = (
    # The test process may be there before the runner listens: look again soon, not after gRPC's usual second.
    ("grpc.initial_reconnect_backoff_ms", 20),
    ("grpc.min_reconnect_backoff_ms", 20),
    ("grpc.max_reconnect_backoff_ms", 100),
    # A proxy for the outside world has no say about a Unix socket.
    ("grpc.enable_http_proxy", 0),
)


def target_of(socket_path: str) -> str:
    """gRPC's name of a Unix socket."""
    return f"unix:{socket_path}"
