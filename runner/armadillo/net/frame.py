"""What the packet switch reads of an Ethernet frame with IPv4, and the TCP reset that it answers with.

Frames stand behind a virtio header of 10 bytes, as AF_PACKET hands them over with PACKET_VNET_HDR (packet(7)): without
it, checksums that the sender left to its network card and segments that it left uncut would be lost.
"""

from __future__ import annotations

import socket
import struct

VNET_HEADER_BYTES = 10
_ETHERNET = VNET_HEADER_BYTES
_IP = _ETHERNET + 14
_ETHERTYPE_IPV4 = b"\x08\x00"
_FIN, _SYN, _RST, _ACK = 0x01, 0x02, 0x04, 0x10


def address_pair(frame: bytes) -> bytes:
    """Source and target address, 8 bytes, as `pair_key` makes them; b"" for what is not IPv4."""
    if frame[_ETHERNET + 12 : _IP] != _ETHERTYPE_IPV4 or len(frame) < _IP + 20:
        return b""
    return frame[_IP + 12 : _IP + 20]


def pair_key(source: str, target: str) -> bytes:
    """The key of a directed link between two IPv4 addresses."""
    return socket.inet_aton(source) + socket.inet_aton(target)


def is_connect(frame: bytes) -> bool:
    """Whether it is the first packet of a TCP connection: SYN without ACK."""
    tcp = _tcp_offset(frame)
    return bool(tcp) and frame[tcp + 13] & (_SYN | _ACK) == _SYN


def target_port(frame: bytes) -> int:
    """The TCP port that it goes to; 0 for other protocols."""
    tcp = _tcp_offset(frame)
    return int.from_bytes(frame[tcp + 2 : tcp + 4], "big") if tcp else 0


def reset_for(frame: bytes) -> bytes:
    """The reset with which a host answers this TCP packet when nobody listens; b"" when none is due (RFC 9293 3.10.7).

    It goes back on the way on which the packet came, with all checksums.
    """
    tcp = _tcp_offset(frame)
    if not tcp or frame[tcp + 13] & _RST:
        return b""
    source_port, port, sequence, acknowledged = struct.unpack_from("!HHII", frame, tcp)
    flags = frame[tcp + 13]
    total_bytes = int.from_bytes(frame[_IP + 2 : _IP + 4], "big")
    data_bytes = total_bytes - (tcp - _IP) - (frame[tcp + 12] >> 4) * 4
    length = data_bytes + bool(flags & _SYN) + bool(flags & _FIN)
    if flags & _ACK:
        reset = struct.pack("!HHIIBBHHH", port, source_port, acknowledged, 0, 5 << 4, _RST, 0, 0, 0)
    else:
        answer = (sequence + length) & 0xFFFFFFFF
        reset = struct.pack("!HHIIBBHHH", port, source_port, 0, answer, 5 << 4, _RST | _ACK, 0, 0, 0)
    addresses = frame[_IP + 16 : _IP + 20] + frame[_IP + 12 : _IP + 16]
    reset = _with_checksum(reset, 16, addresses + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(reset)))
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(reset), 0, 0x4000, 64, socket.IPPROTO_TCP, 0) + addresses
    ethernet = frame[_ETHERNET + 6 : _ETHERNET + 12] + frame[_ETHERNET : _ETHERNET + 6] + _ETHERTYPE_IPV4
    return bytes(VNET_HEADER_BYTES) + ethernet + _with_checksum(header, 10, b"") + reset


def _tcp_offset(frame: bytes) -> int:
    """Where the TCP header begins; 0 for other protocols and for fragments behind the first."""
    if not address_pair(frame) or frame[_IP + 9] != socket.IPPROTO_TCP:
        return 0
    if int.from_bytes(frame[_IP + 6 : _IP + 8], "big") & 0x1FFF:
        return 0
    offset = _IP + (frame[_IP] & 0xF) * 4
    return offset if len(frame) >= offset + 20 else 0


def _with_checksum(header: bytes, place: int, pseudo_header: bytes) -> bytes:
    """The header with its checksum (RFC 1071) at `place`."""
    words = pseudo_header + header
    total = sum(struct.unpack(f"!{len(words) // 2}H", words))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return header[:place] + struct.pack("!H", ~total & 0xFFFF) + header[place + 2 :]
