"""The disk supervisor: a process of its own through which every write of the servers goes, one per run.

It holds the listeners of the servers' seccomp filters (see `seccomp`). With no rule in force it lets each call go at
once; a rule (see `disk_rules`) fails or delays calls on files below the server's database directory, and only those.
Calls of one server never wait for another's delay.

It lives as long as the runner's end of its socket is open, then it kills the servers and ends: their writes would find
nobody. Messages are JSON objects over a SOCK_SEQPACKET socket; each brings the socket for its answer by SCM_RIGHTS:

- {"verb": "attach", "server", "directory", "pid"} with the listener: a server that is about to be executed; with
  "probe": the id of a rule, a process that finds only that rule, in a copy of its own, and is no server;
- {"verb": "impose", "server", "id", "rule", ...values}, {"verb": "lift", "server", "id"}, {"verb": "status", "server"}.
"""

from __future__ import annotations

import array
import heapq
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from . import seccomp
from .disk_calls import calls_by_number
from .disk_look import Look
from .disk_rules import GO, RULES, LoseUnsynced, Verdict

LARGEST_MESSAGE_BYTES = 65536
_OLD_PROCESS_TIMEOUT_S = 10.0


class Attached:
    """One incarnation of a server, or a probe: its listener, and the rules that it finds."""

    def __init__(self, server: str, listener: int, pid: int, rules: dict[str, Any]) -> None:
        self.server = server
        self.listener = listener
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self.rules = rules

    def close(self) -> None:
        """Gives back the descriptors; the server must be gone."""
        os.close(self.listener)
        os.close(self.pidfd)


class Disk:
    """What one server finds below its database directory, over all its incarnations."""

    def __init__(self) -> None:
        self.directory = ""
        self.attached: Attached | None = None
        self.why_not = ""
        self.rules: dict[str, Any] = {}
        self.requests: dict[str, dict[str, Any]] = {}
        self.probes = 0
        self.counts = {"calls": 0, "refused": 0, "delayed": 0, "lost_files": 0, "lost_writes": 0}

    def is_inside(self, path: str) -> bool:
        """Whether the file is below the database directory."""
        return path.startswith(self.directory)

    def status(self) -> dict[str, Any]:
        """For requests: counts, what is not synced, and why there is no supervision if so."""
        logs = [rule.log for rule in self.rules.values() if isinstance(rule, LoseUnsynced)]
        return {
            **self.counts,
            "pid": self.attached.pid if self.attached else 0,
            "why_not": self.why_not,
            "rules": list(self.rules),
            "probes": self.probes,
            "unsynced_files": sum(log.files for log in logs),
            "unsynced_writes": sum(log.writes for log in logs),
            "written_back": sum(log.written_back for log in logs),
        }


def judge(look: Look, disk: Disk, rules: dict[str, Any]) -> Verdict:
    """What rules say together about a call: the first error, else all delays."""
    if not any(disk.is_inside(path) for path in look.paths()):
        return GO
    delay_s = 0.0
    for rule in rules.values():
        verdict: Verdict = rule.judge(look)
        if verdict.error_number:
            return verdict
        delay_s += verdict.delay_s
    return Verdict(0, delay_s) if delay_s else GO


def power_cut(rules: dict[str, Any]) -> tuple[int, int]:
    """Its process is gone: what was not synced is lost, where a rule says so; answers how many files and writes."""
    lost = [rule.log.lose() for rule in rules.values() if isinstance(rule, LoseUnsynced)]
    return sum(files for files, _ in lost), sum(writes for _, writes in lost)


class Supervisor:
    """The loop: requests, calls, delays."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._epoll = select.epoll()
        self._epoll.register(requests.fileno(), select.EPOLLIN)
        self._disks: dict[str, Disk] = {}
        self._by_listener: dict[int, tuple[Disk, Attached]] = {}
        self._calls = calls_by_number()
        self._buffer = bytearray(seccomp.NOTIFICATION.size)
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._laters = 0
        self._waiting: dict[str, tuple[Attached, socket.socket]] = {}

    def run(self) -> None:
        """Until the runner is gone."""
        while True:
            for descriptor, events in self._epoll.poll(self._timeout_s()):
                known = self._by_listener.get(descriptor)
                if known is not None:
                    if events & select.EPOLLIN:
                        self._take_call(*known)
                    elif events & select.EPOLLHUP:
                        self._take_end(*known)
                elif descriptor == self._requests.fileno() and not self._take_request():
                    return
            while self._later and self._later[0][0] <= time.monotonic():
                heapq.heappop(self._later)[2]()

    def kill_servers(self) -> None:
        """SIGKILL for all that would find nobody who answers."""
        for disk in self._disks.values():
            if disk.attached is not None:
                try:
                    signal.pidfd_send_signal(disk.attached.pidfd, signal.SIGKILL)
                except ProcessLookupError:
                    continue

    def _timeout_s(self) -> float:
        return max(self._later[0][0] - time.monotonic(), 0.0) if self._later else -1.0

    def _at(self, delay_s: float, what: Callable[[], None]) -> None:
        self._laters += 1
        heapq.heappush(self._later, (time.monotonic() + delay_s, self._laters, what))

    def _take_call(self, disk: Disk, attached: Attached) -> None:
        listener = attached.listener
        fields = seccomp.receive(listener, self._buffer)
        if fields is None:
            return
        identifier = fields[0]
        disk.counts["calls"] += 1
        if not attached.rules:
            seccomp.answer(listener, identifier)
            return
        try:
            verdict = judge(Look(self._calls[fields[3]], fields[1], fields[6:]), disk, attached.rules)
        except (OSError, KeyError, ValueError):
            verdict = GO  # the thread is gone, or gave an address that the kernel will refuse
        if verdict.delay_s:
            disk.counts["delayed"] += 1
            self._at(verdict.delay_s, lambda: self._answer_late(attached, identifier))
            return
        disk.counts["refused"] += bool(verdict.error_number)
        seccomp.answer(listener, identifier, verdict.error_number)

    def _answer_late(self, attached: Attached, identifier: int) -> None:
        if self._by_listener.get(attached.listener, (None, None))[1] is attached:
            seccomp.answer(attached.listener, identifier)

    def _take_end(self, disk: Disk, attached: Attached) -> None:
        """All processes behind the listener are gone: the end of an incarnation, or of a probe."""
        self._epoll.unregister(attached.listener)
        del self._by_listener[attached.listener]
        lost_files, lost_writes = power_cut(attached.rules)
        attached.close()
        if attached is not disk.attached:
            disk.probes -= 1
            return
        disk.attached = None
        disk.counts["lost_files"] += lost_files
        disk.counts["lost_writes"] += lost_writes
        waiting = self._waiting.pop(attached.server, None)
        if waiting is not None:
            self._attach(disk, *waiting)

    def _take_request(self) -> bool:
        data, rights, _, _ = self._requests.recvmsg(LARGEST_MESSAGE_BYTES, socket.CMSG_SPACE(2 * 4))
        if not data:
            return False
        descriptors = array.array("i")
        for _, _, payload in rights:
            descriptors.frombytes(payload[: len(payload) - len(payload) % descriptors.itemsize])
        request = json.loads(data)
        with_answer = socket.socket(fileno=descriptors[0])
        disk = self._disks.setdefault(request["server"], Disk())
        try:
            if request["verb"] == "attach":
                self._take_server(disk, request, list(descriptors)[1:], with_answer)
                return True
            answer = self._obey(disk, request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        _reply(with_answer, answer)
        return True

    def _obey(self, disk: Disk, request: dict[str, Any]) -> dict[str, Any]:
        if request["verb"] == "impose":
            disk.rules[request["id"]] = RULES[request["rule"]](request)
            disk.requests[request["id"]] = request
        elif request["verb"] == "lift":
            rule = disk.rules.pop(request["id"], None)
            disk.requests.pop(request["id"], None)
            if isinstance(rule, LoseUnsynced):
                rule.log.forget()
        return disk.status()

    def _take_server(
        self, disk: Disk, request: dict[str, Any], listeners: list[int], with_answer: socket.socket
    ) -> None:
        disk.directory = os.path.join(os.path.realpath(request["directory"]), "")
        disk.why_not = request.get("why_not", "")
        if not listeners:
            _reply(with_answer, disk.status())
            return
        if request["probe"]:
            found = disk.requests.get(request["probe"])
            rules = {request["probe"]: RULES[found["rule"]](found)} if found else {}
            self._attach(disk, Attached(request["server"], listeners[0], request["pid"], rules), with_answer)
            return
        attached = Attached(request["server"], listeners[0], request["pid"], disk.rules)
        if disk.attached is None:
            self._attach(disk, attached, with_answer)
            return
        # The one before must be gone altogether: its unsynced writes are taken back before this one looks.
        self._waiting[attached.server] = (attached, with_answer)
        self._at(_OLD_PROCESS_TIMEOUT_S, lambda: self._refuse(attached))

    def _attach(self, disk: Disk, attached: Attached, with_answer: socket.socket) -> None:
        seccomp.wake_up_fast(attached.listener)
        if attached.rules is disk.rules:
            disk.attached = attached
        else:
            disk.probes += 1
        self._by_listener[attached.listener] = (disk, attached)
        self._epoll.register(attached.listener, select.EPOLLIN)
        _reply(with_answer, disk.status())

    def _refuse(self, attached: Attached) -> None:
        if self._waiting.get(attached.server, (None,))[0] is attached:
            _, with_answer = self._waiting.pop(attached.server)
            _reply(with_answer, {"error": f"processes of the last incarnation of {attached.server} still run"})
            attached.close()


def _reply(with_answer: socket.socket, answer: dict[str, Any]) -> None:
    try:
        with_answer.send(json.dumps(answer).encode())
    except OSError:
        return  # nobody waits any more
    finally:
        with_answer.close()


def main() -> None:
    """The process; its only argument is the descriptor of its socket."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    requests.set_inheritable(False)
    supervisor = Supervisor(requests)
    try:
        supervisor.run()
    finally:
        supervisor.kill_servers()
