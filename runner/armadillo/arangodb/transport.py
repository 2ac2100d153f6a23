"""The HTTP connections of one process, one pool for each server."""

from __future__ import annotations

import asyncio
import os
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import ArangoUnavailableError, ArmadilloError
from ..model.sent_request import LONGEST_ERROR, LONGEST_PATH, SentRequest
from .answer import Answer, answer_of

if TYPE_CHECKING:
    import aiohttp

CONNECT_TIMEOUT_S = 10.0
SAFE_TO_REPEAT = ("GET", "HEAD")
"""What may be sent again although it may have arrived."""
_IMPORTING = threading.Lock()


class NotSentError(ArangoUnavailableError):
    """No connection could be made, so the server has seen nothing of the request."""


class Transport:
    """Sends requests to servers by their endpoints; belongs to one event loop.

    Each server has a pool of its own, so that the pool of a server that was killed can be dropped without
    breaking the requests that run on others. `on_request`, where it is set, hears of each request when it has ended.
    """

    def __init__(self) -> None:
        self.on_request: Callable[[SentRequest], None] | None = None
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._aiohttp: Any = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(
        self,
        endpoint: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        timeout_s: float,
    ) -> Answer:
        """One request, one answer, whatever its status.

        Raises `NotSentError` when no connection could be made, `ArangoUnavailableError` (`http_status` 0) when the
        connection broke or no answer came within `timeout_s`.
        """
        tell = self.on_request
        if tell is None:
            return await self._exchange(endpoint, method, path, headers=headers, content=content, timeout_s=timeout_s)
        started_ns, began_ns = time.time_ns(), time.perf_counter_ns()
        status, error = 0, "given up by the test"
        try:
            answer = await self._exchange(endpoint, method, path, headers=headers, content=content, timeout_s=timeout_s)
            status = answer.status
            error = f"error {answer.error_num}" if status >= 400 and answer.error_num else ""
        except ArangoUnavailableError as unavailable:
            error = unavailable.error_message[:LONGEST_ERROR]
            raise
        finally:
            duration_ns = time.perf_counter_ns() - began_ns
            bare = path.partition("?")[0][:LONGEST_PATH]  # values of a query may be secrets
            tell(SentRequest(started_ns, duration_ns, method, bare, endpoint, status, error))
        return answer

    async def _exchange(
        self,
        endpoint: str,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        timeout_s: float,
    ) -> Answer:
        aiohttp = self._aiohttp = self._aiohttp or load_aiohttp()
        from yarl import URL  # a part of aiohttp

        request = f"{method} {endpoint}{path}"
        session = self._session(endpoint)
        limits = aiohttp.ClientTimeout(total=timeout_s, sock_connect=min(CONNECT_TIMEOUT_S, timeout_s))

        async def once() -> Answer:
            async with session.request(
                method,
                URL(f"{endpoint}{path}", encoded=True),
                headers=headers,
                data=content,
                timeout=limits,
                allow_redirects=False,
            ) as response:
                return answer_of(response.status, response.headers, await response.read())

        try:
            try:
                return await once()
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                # Most likely a kept connection that the server had closed meanwhile.
                if method not in SAFE_TO_REPEAT:
                    raise
                return await once()
        # The texts say all: aiohttp's own frames would bury the test's line in its traceback.
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSentError(0, 0, f"no connection ({getattr(error, 'os_error', error)})", request) from None
        except TimeoutError:
            raise ArangoUnavailableError(0, 0, f"no answer within {timeout_s:g} s", request) from None
        except (aiohttp.ClientError, OSError) as error:
            raise ArangoUnavailableError(0, 0, f"the connection broke: {error!r}", request) from None

    async def drop(self, endpoint: str) -> None:
        """Closes the connections to one server: after it was killed or restarted they are dead."""
        session = self._sessions.pop(endpoint, None)
        if session is not None:
            await session.close()

    async def close(self) -> None:
        """Closes all connections."""
        for endpoint in list(self._sessions):
            await self.drop(endpoint)

    def _session(self, endpoint: str) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._loop not in (None, loop):
            raise ArmadilloError(
                "expected this handle on the event loop it was made on, found another loop; "
                "take away loop_scope= from the test's or fixture's asyncio mark: all run on the session's loop"
            )
        self._loop = loop
        session = self._sessions.get(endpoint)
        if session is None:
            session = self._aiohttp.ClientSession(auto_decompress=True, trust_env=False)
            # aiohttp has no public switch for it: left alone it sends a PUT or DELETE again when the connection that it
            # had kept breaks, although the server may have done the first one.
            session._retry_connection = False
            self._sessions[endpoint] = session
        return session


def load_aiohttp() -> Any:
    """Imports aiohttp without the 30 ms that it takes to read the machine's certificate authorities at import.

    Nothing here talks to the public web; a context for a deployment with TLS is made where it is needed. May be called
    from any thread.
    """
    with _IMPORTING:
        variable = ssl.get_default_verify_paths().openssl_cafile_env
        before = os.environ.get(variable)
        os.environ[variable] = os.devnull
        try:
            import aiohttp
        finally:
            if before is None:
                del os.environ[variable]
            else:
                os.environ[variable] = before
        return aiohttp
