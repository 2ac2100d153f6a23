"""HTTP/1.1 server and client on asyncio, written for start-up time: no http.server, no ssl."""
