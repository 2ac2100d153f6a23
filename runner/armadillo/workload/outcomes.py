"""What an error says about an operation: it was certainly not done, or nobody knows.

Only errors that ArangoDB gives before it has changed anything count as FAIL; all others are in doubt. In doubt are also
some that sound like a refusal: 1004 (too few copies for the write concern) may come after a follower has the write,
1447 says that a follower has committed, and a commit of a stream transaction may be refused by one leader of several.
Numbers: https://docs.arangodb.com/stable/develop/error-codes-and-meanings/.
"""

from __future__ import annotations

from ..arangodb.transport import NotSentError
from ..errors import ArangoError
from .operation import OperationOutcome

_REFUSED = {
    400: None,
    401: None,
    403: (11,),
    404: (1202, 1203, 1228),
    405: None,
    409: (1200, 1207, 1210),
    412: (1200,),
}
"""HTTP status -> error numbers that mean "not done"; None: all of them."""


def outcome_of(error: ArangoError) -> OperationOutcome:
    """FAIL when the request certainly had no effect, else UNKNOWN."""
    if isinstance(error, NotSentError):
        return OperationOutcome.FAIL
    numbers = _REFUSED.get(error.http_status, ())
    if numbers is None or error.error_num in numbers:
        return OperationOutcome.FAIL
    return OperationOutcome.UNKNOWN
