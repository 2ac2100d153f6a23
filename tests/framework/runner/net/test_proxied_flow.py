"""One direction of a proxied connection, on real sockets."""

from __future__ import annotations

import asyncio
import random
import socket
import struct

from armadillo.net.link_treatment import FREE
from armadillo.net.proxied_flow import Flow, ProxiedEnd

DEADLINE_S = 30.0


async def test_an_end_for_a_target_that_has_reset_is_no_error() -> None:
    """The sender ends its stream when the target's peer has reset the connection, of which nobody was told yet."""
    loop = asyncio.get_running_loop()
    lost = asyncio.Event()
    ended = asyncio.Event()
    source = ProxiedEnd(lambda end, error: None)
    target = ProxiedEnd(lambda end, error: lost.set())
    flow = Flow(source, target, random.Random(1), ended.set)
    for end in (source, target):
        end.outgoing = end.incoming = flow
    with socket.create_server(("127.0.0.1", 0)) as listening:
        await loop.create_connection(lambda: target, *listening.getsockname())
        peer, _ = listening.accept()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    flow.take(None)  # before the loop has a turn in which it would hear of the reset
    flow.treat(FREE)
    assert ended.is_set()
    await asyncio.wait_for(lost.wait(), DEADLINE_S)
