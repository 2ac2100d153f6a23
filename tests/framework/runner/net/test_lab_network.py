"""The lab's network: each server has its own, with names, and nothing else is reachable."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.framework.runner.support.lab_run import LabRun, may_have_a_lab, unprivileged

pytestmark = pytest.mark.skipif(not may_have_a_lab(), reason="this machine allows no namespaces")

SERVERS = """
import socket
def serve(name):
    with network.inside(name):
        server = socket.create_server((network.nodes[name].address, 8529))
    return server
servers = {name: None for name in ("agent-1", "dbserver-1", "coordinator-1")}
for name in servers:
    network.add_node(name)
    servers[name] = serve(name)
def reach(source, target):
    with network.inside(source):
        near = socket.create_connection((target, 8529), timeout=10)
    far, (address, _) = servers[target].accept()
    far.sendall(near.recv(0) + source.encode())
    return near.recv(100).decode(), address
"""


def lines_of(code: str, before: tuple[str, ...] = ()) -> list[str]:
    """What a program with three servers in the lab prints."""
    with LabRun(SERVERS + code, before=before) as run:
        status, out, err = run.finish()
    assert (status, err) == (0, "")
    return out.splitlines()


def test_all_nodes_reach_each_other_by_name_with_their_own_addresses() -> None:
    """The tests' node and every server: the standard port everywhere, and who connects is told by the address."""
    code = (
        "for source in ('tests', *servers):\n"
        "    for target in servers:\n"
        "        print(source, target, *reach(source, target))"
    )
    addresses = {
        "tests": "10.99.0.254",
        "agent-1": "10.99.0.1",
        "dbserver-1": "10.99.0.2",
        "coordinator-1": "10.99.0.3",
    }
    wanted = [f"{s} {t} {s} {addresses[s]}" for s in addresses for t in addresses if t != "tests"]
    assert lines_of(code) == wanted


def test_nothing_else_is_reachable() -> None:
    """No route leads out, so nothing waits for an answer from a world that is not there."""
    code = (
        "for name in ('tests', 'agent-1'):\n"
        "    with network.inside(name):\n"
        "        try: socket.create_connection(('192.0.2.1', 80), timeout=10)\n"
        "        except OSError as error: print(error.strerror)"
    )
    assert lines_of(code) == ["Network is unreachable"] * 2


def test_a_port_without_a_server_refuses_at_once() -> None:
    """A server that is down is as it would be on a real machine: its host is there, its port is closed."""
    code = (
        "servers['dbserver-1'].close()\n"
        "try: socket.create_connection(('dbserver-1', 8529), timeout=10)\n"
        "except OSError as error: print(error.strerror)"
    )
    assert lines_of(code) == ["Connection refused"]


def test_threads_are_in_different_networks_at_the_same_time() -> None:
    """`inside` is the thread's own affair: others stay where they are, also what they start."""
    code = (
        "import threading\n"
        "both = threading.Barrier(2, timeout=20)\n"
        "seen = {}\n"
        "def look(name):\n"
        "    with network.inside(name):\n"
        "        both.wait()\n"
        "        seen[name] = subprocess.check_output(['cat', '/proc/self/net/fib_trie'], text=True)\n"
        "        both.wait()\n"
        "threads = [threading.Thread(target=look, args=(name,)) for name in ('agent-1', 'dbserver-1')]\n"
        "[thread.start() for thread in threads]\n[thread.join() for thread in threads]\n"
        "for name, text in sorted(seen.items()): print([f'10.99.0.{n}' for n in (1, 2) if f'10.99.0.{n}\\n' in text])\n"
        "home = network.nodes['tests'].netns_fd\n"
        "print(os.readlink('/proc/thread-self/ns/net') == os.readlink(f'/proc/self/fd/{home}'))"
    )
    assert lines_of(code) == ["['10.99.0.1']", "['10.99.0.2']", "True"]


def test_a_failure_inside_brings_the_thread_home() -> None:
    """An exception in the block does not strand the thread in a server's network."""
    code = (
        "home = os.readlink('/proc/thread-self/ns/net')\n"
        "try:\n"
        "    with network.inside('agent-1'): 1 / 0\n"
        "except ZeroDivisionError: print(os.readlink('/proc/thread-self/ns/net') == home)"
    )
    assert lines_of(code) == ["True"]


def test_settings_are_in_force_in_every_namespace() -> None:
    """What is told with the run was really written, in the tests' namespace and in the servers'."""
    code = (
        "for name in ('tests', *servers):\n"
        "    with network.inside(name):\n"
        "        found = {key: open(f'/proc/sys/{key}').read().strip() for key in network.settings()}\n"
        "    print(found == network.settings(), found['net/ipv4/tcp_retries2'])"
    )
    assert lines_of(code) == ["True 5"] * 4


def test_who_has_an_address_is_known_for_good() -> None:
    """No ARP: a fault that drops everything does not spoil what is known of neighbours, and needs no rule for them."""
    code = (
        "for name in ('tests', *servers):\n"
        "    with network.inside(name):\n"
        "        rows = [line.split() for line in open('/proc/self/net/arp').read().splitlines()[1:]]\n"
        "    print(name, sorted((row[0], row[2]) for row in rows) == "
        "sorted((node.address, '0x6') for node in network.nodes.values() if node.name != name))"
    )
    assert lines_of(code) == [f"{name} True" for name in ("tests", "agent-1", "dbserver-1", "coordinator-1")]


def test_a_subnet_has_an_end() -> None:
    """The 254th server is refused with a reason, and those before it are in order."""
    code = (
        "from armadillo.errors import AddressLeaseError\n"
        "for number in range(4, 254): network.add_node(f'dbserver-{number}')\n"
        "try: network.add_node('one-more')\n"
        "except AddressLeaseError as error: print(error)"
    )
    assert lines_of(code) == ["all 253 addresses of 10.99.0.0/24 are used by this run's servers"]


@pytest.mark.parametrize("is_privileged", [True, False], ids=["as-i-am", "unprivileged"])
def test_the_printed_command_opens_a_shell_beside_a_server(is_privileged: bool) -> None:
    """From outside, as root and as the run's own unprivileged user: the server's network, names and process ids."""
    before = () if is_privileged else unprivileged()
    user = os.geteuid() if is_privileged else os.geteuid() or 65534
    with LabRun(
        SERVERS + "print(network.shells()['dbserver-1'], flush=True)\nsys.stdin.readline()", before=before
    ) as run:
        command = run.line()
        look = "cat /proc/net/fib_trie; echo; grep dbserver-1 /etc/hosts; cat /proc/2/comm; id -u"
        out = subprocess.check_output([*before, "sh", "-c", f"{command} sh -c '{look}'"], text=True, cwd="/")
    assert "10.99.0.2\n" in out
    assert "10.99.0.1\n" not in out.split("\n\n", maxsplit=1)[0].replace("10.99.0.2\n", "")
    assert out.splitlines()[-2:] == [run.mark, str(user)]


def test_the_machine_itself_is_not_touched() -> None:
    """A lab with its bridge, its names and its settings leaves the caller's network, settings and names alone."""

    def look() -> list[str]:
        paths = ("/proc/sys/net/ipv4/tcp_retries2", "/proc/self/net/route", "/etc/hosts")
        return [Path(path).read_text(encoding="utf-8") for path in paths if os.path.exists(path)]

    before = look()
    with LabRun(SERVERS + "print('up', flush=True)\nsys.stdin.readline()") as run:
        assert run.line() == "up"
        assert look() == before
