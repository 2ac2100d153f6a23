"""Every exception that Armadillo raises on purpose.

The tree::

    ArmadilloError
    ├── SpecError                what the target asked for cannot be read or cannot be had
    ├── DatasetError             a dataset cannot be made, or this run cannot start from it
    ├── ServerError              something about one server process
    │   ├── ServerStartError     it did not become ready
    │   ├── ServerDiedError      it ended although nobody asked
    │   ├── CrashMissingError    it was announced to crash, and did not (also an AssertionError)
    │   └── ServerStopError      it did not stop in time
    ├── ClientToolError          a client tool (arangodump, arangoimport, ...) ended with something else than success
    │   └── ClientToolMissingError    the server's distribution has no such tool
    ├── ControlError             the runner refused or could not do a verb
    ├── ConditionTimeoutError    a named condition did not come true before its deadline (also a TimeoutError)
    ├── AddressLeaseError        no free address could be leased
    ├── LabUnavailableError      the target insists on the lab, and this machine refuses it
    ├── ConsistencyError         a history or the copies of a shard break a promise (also an AssertionError)
    ├── UndecidedError           a history could be neither proved nor refuted within the checker's limits
    ├── FaultError               a fault that a test asked for
    │   ├── FaultRequestError    it names what does not exist, or a value out of range
    │   ├── FaultConflictError   another fault is in force at the same place
    │   ├── FaultUnavailableError    this machine, tier or server cannot have it (a typed skip)
    │   └── FaultNotProvedError  it was injected or healed, and that could not be seen
    └── ArangoError              ArangoDB answered with an error
        ├── ArangoBadRequestError        HTTP 400
        ├── ArangoUnauthorizedError      HTTP 401
        ├── ArangoForbiddenError         HTTP 403
        ├── ArangoNotFoundError          HTTP 404
        ├── ArangoConflictError          HTTP 409
        ├── ArangoPreconditionError      HTTP 412
        └── ArangoUnavailableError       HTTP 503, or no answer at all

The texts say what was expected, what was found and what to do next.
"""

from __future__ import annotations


class ArmadilloError(Exception):
    """Base of all errors below; catch it to catch whatever Armadillo raises."""


class SpecError(ArmadilloError):
    """The test target's specification is unreadable or asks for something that cannot be had."""


class DatasetError(ArmadilloError):
    """A dataset cannot be stored, is damaged, or was made by another server version or at other addresses."""


class ServerError(ArmadilloError):
    """Something is wrong with one server; `server` is its name and `details` holds further lines."""

    def __init__(self, server: str, message: str, details: str = "") -> None:
        super().__init__(message if not details else f"{message}\n{details}")
        self.server = server
        self.message = message
        self.details = details


class ServerStartError(ServerError):
    """A server did not become ready; `details` has its last log lines and what its exit code means."""


class ServerDiedError(ServerError):
    """A server's process ended although nobody had asked for it."""


class CrashMissingError(ServerError, AssertionError):
    """A crash that a test announced did not come, or the server ended in another way."""


class ServerStopError(ServerError):
    """A server had to be killed because it did not stop before its deadline."""


class ClientToolError(ArmadilloError):
    """A client tool failed: `tool` is its name, `exit_code` is negative for a signal, `log_path` has all it said."""

    def __init__(self, tool: str, message: str, *, exit_code: int = 0, log_path: str = "") -> None:
        super().__init__(message)
        self.tool = tool
        self.exit_code = exit_code
        self.log_path = log_path


class ClientToolMissingError(ClientToolError):
    """The server's distribution has no such tool; the message names the distribution and the way out."""


class ControlError(ArmadilloError):
    """The runner refused a verb or could not carry it out; the message is the runner's."""


class ConditionTimeoutError(ArmadilloError, TimeoutError):
    """A named condition did not come true in time; `condition` names it, `last_seen` is what was seen last."""

    def __init__(self, condition: str, timeout_s: float, last_seen: str = "") -> None:
        seen = f"; last seen: {last_seen}" if last_seen else ""
        super().__init__(f"waited {timeout_s:g} s in vain for: {condition}{seen}")
        self.condition = condition
        self.timeout_s = timeout_s
        self.last_seen = last_seen


class AddressLeaseError(ArmadilloError):
    """No address could be leased for a server."""


class ConsistencyError(ArmadilloError, AssertionError):
    """What clients or copies saw cannot be: the first line names the anomaly, `anomalies` all that were found.

    `explanation_path` is the file in the outputs that tells the operations involved, "" without one.
    """

    def __init__(self, headline: str, details: str = "", *, anomalies: tuple[str, ...] = (), path: str = "") -> None:
        super().__init__("\n".join(part for part in (headline, details) if part))
        self.anomalies = anomalies
        self.explanation_path = path


class UndecidedError(ArmadilloError):
    """A checker met its limits before it knew whether a history is right; never taken for a pass."""


class LabUnavailableError(ArmadilloError):
    """The target has `network = "lab"`, and this machine refuses namespaces; the message names what was refused."""


class FaultError(ArmadilloError):
    """Something about a fault that a test asked for; catch it to catch all of them."""


class FaultRequestError(FaultError):
    """An unknown kind, server or role, a target that resolves to nobody, a value out of range."""


class FaultConflictError(FaultError):
    """Another fault is in force at the same place; the message names both."""


class FaultUnavailableError(FaultError):
    """This machine, network tier or server cannot have the fault; the message names what lacks.

    In a test it skips the case, visibly, unless it is caught.
    """


class FaultNotProvedError(FaultError):
    """A fault was injected or healed, and its effect (or end) could not be measured in time."""


class ArangoError(ArmadilloError):
    """ArangoDB answered a request with an error.

    `http_status` and `error_num` are ArangoDB's; `error_num` is 0 where the answer had none
    (numbers: https://docs.arangodb.com/stable/develop/error-codes-and-meanings/).
    """

    def __init__(self, http_status: int, error_num: int, message: str, request: str) -> None:
        answer = f" answered HTTP {http_status}, errorNum {error_num}" if http_status else ""
        super().__init__(f"{request}{answer}: {message}")
        self.http_status = http_status
        self.error_num = error_num
        self.error_message = message
        self.request = request


class ArangoBadRequestError(ArangoError):
    """HTTP 400: the request itself is wrong."""


class ArangoUnauthorizedError(ArangoError):
    """HTTP 401: no or wrong credentials."""


class ArangoForbiddenError(ArangoError):
    """HTTP 403: not allowed; also a collection that has fewer copies in sync than its write concern."""


class ArangoNotFoundError(ArangoError):
    """HTTP 404: no such document, collection, database or route."""


class ArangoConflictError(ArangoError):
    """HTTP 409: a unique constraint or a concurrent write stood in the way."""


class ArangoPreconditionError(ArangoError):
    """HTTP 412: the revision or another precondition did not hold."""


class ArangoUnavailableError(ArangoError):
    """HTTP 503, or no answer: the server starts, stops, is not the leader, or is gone (then `http_status` is 0)."""


_CLASS_BY_STATUS: dict[int, type[ArangoError]] = {
    0: ArangoUnavailableError,
    400: ArangoBadRequestError,
    401: ArangoUnauthorizedError,
    403: ArangoForbiddenError,
    404: ArangoNotFoundError,
    409: ArangoConflictError,
    412: ArangoPreconditionError,
    503: ArangoUnavailableError,
}


def arango_error(http_status: int, error_num: int, message: str, request: str) -> ArangoError:
    """The error of the class that fits the HTTP status; `ArangoError` itself for the rest."""
    return _CLASS_BY_STATUS.get(http_status, ArangoError)(http_status, error_num, message, request)
