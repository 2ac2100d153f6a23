"""Where a server listens: several endpoints, IPv6, Unix sockets, TLS; and other limits of a process."""

from __future__ import annotations

import json
import resource
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from tests.framework.standin.support.raw_http import request
from tests.framework.standin.support.standin_server import Make, free_port, run_to_end, wait_until


def ask(connection: socket.socket) -> int:
    """Ask for the version on an open connection; return the status."""
    connection.settimeout(20)
    connection.sendall(request("GET", "/_api/version"))
    return int(connection.recv(65536).split(b" ")[1])


def test_several_endpoints_are_served(make: Make) -> None:
    """Two TCP ports and a Unix socket lead to the same server; the socket's file goes with it."""
    other = free_port()
    server = make()
    path = server.folder / "s"
    server.options = ("--server.endpoint", f"http://127.0.0.1:{other}", "--server.endpoint", f"unix://{path}")
    server.start().wait_available()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        assert ask(connection) == 200
    with socket.create_connection(("127.0.0.1", other)) as connection:
        assert ask(connection) == 200
    assert server.call("GET", "/_api/version").status == 200
    assert server.log().count("[6ea38]") == 3
    assert server.stop() == 0
    assert not path.exists()


def test_ipv6_is_served(make: Make) -> None:
    """tcp://[::1]:port listens on IPv6."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    port = free_port()
    make("--server.endpoint", f"tcp://[::1]:{port}").start().wait_available()
    with socket.create_connection(("::1", port)) as connection:
        assert ask(connection) == 200


def test_tls_is_served(make: Make, tmp_path: Path) -> None:
    """ssl://host:port with --ssl.keyfile, which holds certificate and key."""
    keyfile = tmp_path / "server.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
               "-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "certificate")]  # fmt: skip
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("this machine has no openssl to make a certificate with")
    keyfile.write_bytes((tmp_path / "certificate").read_bytes() + (tmp_path / "key").read_bytes())
    port = free_port()
    make("--server.endpoint", f"ssl://127.0.0.1:{port}", "--ssl.keyfile", str(keyfile)).start().wait_available()
    context = ssl.create_default_context(cafile=str(tmp_path / "certificate"))
    context.check_hostname = False
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain) as connection:
        assert ask(connection) == 200


def test_too_few_descriptors_end_with_28(make: Make) -> None:
    """--server.descriptors-minimum above the limit of the process ends it with 28."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit == resource.RLIM_INFINITY:
        pytest.skip("this machine does not limit open files")
    server = make("--server.descriptors-minimum", str(limit + 1)).start()

    assert server.wait_exit() == 28


def test_a_daemon_writes_its_pid(make: Make, tmp_path: Path) -> None:
    """--daemon: the command ends at once with 0, the server goes on; a second one is refused with 20."""
    file = tmp_path / "pid"
    server = make("--daemon", "true", "--pid-file", str(file), "--working-directory", str(tmp_path))
    assert server.start().wait_exit() == 0
    wait_until(lambda: server.call("GET", "/_admin/server/availability").status == 200, "the daemon answers")
    second = run_to_end("--daemon", "true", "--pid-file", str(file), "--database.directory", str(tmp_path / "other"))
    assert second.returncode == 20
    assert server.call("DELETE", "/_admin/shutdown").status == 200
    wait_until(lambda: not Path(f"/proc/{file.read_text().strip()}").exists(), "the daemon has ended")
    assert json.loads((server.folder / "data/VERSION").read_text())
