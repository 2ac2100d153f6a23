"""Puts a server below the disk supervisor: runs in the server's own process, which it then becomes.

Called with: descriptor of the supervisor's socket, the server's name, its database directory, "" or the rule for which
this is a probe, the executable, its arguments. Where the kernel refuses the filter the server is started all the
same; the supervisor knows why.
"""

from __future__ import annotations

import array
import json
import os
import signal
import socket
import sys

from .disk_supervisor import LARGEST_MESSAGE_BYTES
from .seccomp import SeccompError, install_write_filter

EXIT_NOT_SUPERVISED = 125
"""Exit code when the supervisor is gone or refuses; what to do about it is on stderr."""


def main() -> None:
    """Answers nothing: the process is executed as the server, or ends with `EXIT_NOT_SUPERVISED`."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    requests.set_inheritable(False)
    server, directory, probe, argv = sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
    message = {"verb": "attach", "server": server, "directory": directory, "probe": probe, "pid": os.getpid()}
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    descriptors = [theirs.fileno()]
    try:
        descriptors.append(install_write_filter())
    except SeccompError as error:
        message["why_not"] = f"{error.strerror} (errno {error.errno})"
    try:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
        requests.sendmsg([json.dumps(message).encode()], rights)
        theirs.close()
        answer = json.loads(ours.recv(LARGEST_MESSAGE_BYTES) or b'{"error": "it ended"}')
    except OSError as error:
        answer = {"error": str(error)}
    if "error" in answer:
        print(f"armadillo: the disk supervisor does not take {server}: {answer['error']}", file=sys.stderr, flush=True)
        os._exit(EXIT_NOT_SUPERVISED)
    # Python ignores these; the server must find what every program finds.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execv(argv[0], argv)
