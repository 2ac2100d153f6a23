"""The run's token on every call: a test may talk to its own runner only."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from ..model.control_metadata import TOKEN_METADATA, TOKEN_VARIABLE


class TokenInterceptor(grpc.aio.ServerInterceptor):
    """Refuses calls without the run's token with UNAUTHENTICATED."""

    def __init__(self, token: str) -> None:
        self._token = token

        async def refuse(_: Any, context: grpc.aio.ServicerContext[Any, Any]) -> None:
            await context.abort(
                grpc.StatusCode.UNAUTHENTICATED,
                f"expected this run's token as metadata {TOKEN_METADATA!r}; it is in ${TOKEN_VARIABLE}",
            )

        self._refusal = grpc.unary_unary_rpc_method_handler(refuse)

    async def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]], handler_call_details: Any
    ) -> Any:
        """Called by gRPC for every call."""
        given = dict(handler_call_details.invocation_metadata or ()).get(TOKEN_METADATA, "")
        if hmac.compare_digest(str(given), self._token):
            return await continuation(handler_call_details)
        return self._refusal
