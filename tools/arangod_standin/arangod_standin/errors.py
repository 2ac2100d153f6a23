"""ArangoDB's error numbers and the exception that carries one to the HTTP response.

Numbers, names and statuses are those of ArangoDB's ``errors.dat``; only the ones the stand-in can raise are listed.
"""

from __future__ import annotations

FAILED = 1
INTERNAL = 4
NOT_IMPLEMENTED = 9
BAD_PARAMETER = 10
FORBIDDEN = 11
FILE_NOT_FOUND = 14
LOCK_TIMEOUT = 18
REQUEST_CANCELED = 21
DEBUG = 22
SHUTTING_DOWN = 30
RESOURCE_LIMIT = 32
STARTING_UP = 38
HTTP_BAD_PARAMETER = 400
HTTP_UNAUTHORIZED = 401
HTTP_FORBIDDEN = 403
HTTP_NOT_FOUND = 404
HTTP_METHOD_NOT_ALLOWED = 405
HTTP_CONFLICT = 409
HTTP_PRECONDITION_FAILED = 412
HTTP_SERVER_ERROR = 500
HTTP_NOT_IMPLEMENTED = 501
HTTP_SERVICE_UNAVAILABLE = 503
HTTP_GATEWAY_TIMEOUT = 504
HTTP_CORRUPTED_JSON = 600
READ_ONLY = 1004
FILESYSTEM_FULL = 1104
CONFLICT = 1200
DOCUMENT_NOT_FOUND = 1202
DATA_SOURCE_NOT_FOUND = 1203
DOCUMENT_HANDLE_BAD = 1205
DUPLICATE_NAME = 1207
ILLEGAL_NAME = 1208
UNIQUE_CONSTRAINT_VIOLATED = 1210
INDEX_NOT_FOUND = 1212
CROSS_COLLECTION_REQUEST = 1213
COLLECTION_TYPE_INVALID = 1218
DOCUMENT_KEY_BAD = 1221
DOCUMENT_KEY_UNEXPECTED = 1222
DOCUMENT_KEY_MISSING = 1226
DOCUMENT_TYPE_INVALID = 1227
DATABASE_NOT_FOUND = 1228
DATABASE_NAME_INVALID = 1229
USE_SYSTEM_DATABASE = 1230
INVALID_KEY_GENERATOR = 1232
INVALID_EDGE_ATTRIBUTE = 1233
CLUSTER_TOO_MANY_SHARDS = 1450
CLUSTER_COULD_NOT_CREATE_COLLECTION = 1456
CLUSTER_TIMEOUT = 1457
CLUSTER_SHARD_GONE = 1464
CLUSTER_CONNECTION_LOST = 1465
CLUSTER_MUST_NOT_SPECIFY_KEY = 1466
CLUSTER_NOT_ALL_SHARDING_ATTRIBUTES_GIVEN = 1468
CLUSTER_MUST_NOT_CHANGE_SHARDING_ATTRIBUTES = 1469
CLUSTER_UNSUPPORTED = 1470
CLUSTER_ONLY_ON_COORDINATOR = 1471
CLUSTER_ONLY_ON_DBSERVER = 1477
CLUSTER_BACKEND_UNAVAILABLE = 1478
CLUSTER_CHAIN_OF_DISTRIBUTESHARDSLIKE = 1484
CLUSTER_MUST_NOT_DROP_COLL_OTHER_DISTRIBUTESHARDSLIKE = 1485
CLUSTER_UNKNOWN_DISTRIBUTESHARDSLIKE = 1486
CLUSTER_INSUFFICIENT_DBSERVERS = 1487
CLUSTER_SHARD_LEADER_REFUSES_REPLICATION = 1489
CLUSTER_SHARD_FOLLOWER_REFUSES_OPERATION = 1490
CLUSTER_SHARD_LEADER_RESIGNED = 1491
CLUSTER_AGENCY_COMMUNICATION_FAILED = 1492
CLUSTER_NOT_LEADER = 1496
QUERY_KILLED = 1500
QUERY_PARSE = 1501
QUERY_EMPTY = 1502
QUERY_SCRIPT = 1503
QUERY_NUMBER_OUT_OF_RANGE = 1504
QUERY_VARIABLE_NAME_INVALID = 1510
QUERY_VARIABLE_REDECLARED = 1511
QUERY_VARIABLE_NAME_UNKNOWN = 1512
QUERY_TOO_MANY_COLLECTIONS = 1522
QUERY_TOO_MUCH_NESTING = 1524
QUERY_INVALID_OPTIONS_ATTRIBUTE = 1539
QUERY_FUNCTION_NAME_UNKNOWN = 1540
QUERY_FUNCTION_ARGUMENT_NUMBER_MISMATCH = 1541
QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH = 1542
QUERY_INVALID_REGEX = 1543
QUERY_BIND_PARAMETERS_INVALID = 1550
QUERY_BIND_PARAMETER_MISSING = 1551
QUERY_BIND_PARAMETER_UNDECLARED = 1552
QUERY_BIND_PARAMETER_TYPE = 1553
QUERY_INVALID_ARITHMETIC_VALUE = 1561
QUERY_DIVISION_BY_ZERO = 1562
QUERY_ARRAY_EXPECTED = 1563
QUERY_COLLECTION_USED_IN_EXPRESSION = 1568
QUERY_FAIL_CALLED = 1569
QUERY_GEO_INDEX_MISSING = 1570
QUERY_FULLTEXT_INDEX_MISSING = 1571
QUERY_INVALID_DATE_VALUE = 1572
QUERY_MULTI_MODIFY = 1573
QUERY_INVALID_AGGREGATE_EXPRESSION = 1574
QUERY_COMPILE_TIME_OPTIONS = 1575
QUERY_FORCED_INDEX_HINT_UNUSABLE = 1577
QUERY_DISALLOWED_DYNAMIC_CALL = 1578
QUERY_ACCESS_AFTER_MODIFICATION = 1579
QUERY_FUNCTION_INVALID_NAME = 1580
QUERY_FUNCTION_INVALID_CODE = 1581
QUERY_FUNCTION_NOT_FOUND = 1582
QUERY_NOT_ELIGIBLE_FOR_PLAN_CACHING = 1584
QUERY_NOT_FOUND = 1591
QUERY_USER_ASSERT = 1593
QUERY_USER_WARN = 1594
QUERY_WINDOW_AFTER_MODIFICATION = 1595
CURSOR_NOT_FOUND = 1600
CURSOR_BUSY = 1601
VALIDATION_FAILED = 1620
VALIDATION_BAD_PARAMETER = 1621
TRANSACTION_UNREGISTERED_COLLECTION = 1652
TRANSACTION_DISALLOWED_OPERATION = 1653
TRANSACTION_ABORTED = 1654
TRANSACTION_NOT_FOUND = 1655
USER_INVALID_NAME = 1700
USER_DUPLICATE = 1702
USER_NOT_FOUND = 1703
TASK_NOT_FOUND = 1852
GRAPH_INVALID_GRAPH = 1901
GRAPH_COLLECTION_MULTI_USE = 1920
GRAPH_COLLECTION_USE_IN_MULTI_GRAPHS = 1921
GRAPH_CREATE_MISSING_NAME = 1922
GRAPH_CREATE_MALFORMED_EDGE_DEFINITION = 1923
GRAPH_NOT_FOUND = 1924
GRAPH_DUPLICATE = 1925
GRAPH_VERTEX_COL_DOES_NOT_EXIST = 1926
GRAPH_WRONG_COLLECTION_TYPE_VERTEX = 1927
GRAPH_NOT_IN_ORPHAN_COLLECTION = 1928
GRAPH_COLLECTION_USED_IN_EDGE_DEF = 1929
GRAPH_EDGE_COLLECTION_NOT_USED = 1930
GRAPH_COLLECTION_USED_IN_ORPHANS = 1938
GRAPH_EDGE_COL_DOES_NOT_EXIST = 1939
GRAPH_MUST_NOT_DROP_COLLECTION = 1942
GRAPH_CREATE_MALFORMED_ORPHAN_LIST = 1943
GRAPH_EDGE_DEFINITION_IS_DOCUMENT = 1944
GRAPH_REFERENCED_VERTEX_COLLECTION_NOT_PART_OF_THE_GRAPH = 1947
GRAPH_NEGATIVE_EDGE_WEIGHT = 1948
HOT_BACKUP_INTERNAL = 7001
BACKUP_TOPOLOGY = 7003
NO_SUCH_HOT_BACKUP = 7007
HOT_BACKUP_CONFLICT = 7011
HOT_BACKUP_DBSERVERS_AWOL = 7012
QUEUE_TIME_REQUIREMENT_VIOLATED = 21004

# number -> (HTTP status, message)
_TABLE: dict[int, tuple[int, str]] = {
    FAILED: (500, "failed"),
    INTERNAL: (500, "internal error"),
    NOT_IMPLEMENTED: (501, "not implemented"),
    BAD_PARAMETER: (400, "bad parameter"),
    FORBIDDEN: (403, "forbidden"),
    FILE_NOT_FOUND: (404, "file not found"),
    LOCK_TIMEOUT: (500, "timeout waiting to lock"),
    REQUEST_CANCELED: (410, "request canceled"),
    DEBUG: (500, "intentional debug error"),
    SHUTTING_DOWN: (503, "shutdown in progress"),
    RESOURCE_LIMIT: (500, "resource limit exceeded"),
    STARTING_UP: (503, "startup ongoing"),
    HTTP_BAD_PARAMETER: (400, "bad parameter"),
    HTTP_UNAUTHORIZED: (401, "unauthorized"),
    HTTP_FORBIDDEN: (403, "forbidden"),
    HTTP_NOT_FOUND: (404, "not found"),
    HTTP_METHOD_NOT_ALLOWED: (405, "method not supported"),
    HTTP_CONFLICT: (409, "conflict"),
    HTTP_PRECONDITION_FAILED: (412, "precondition failed"),
    HTTP_SERVER_ERROR: (500, "internal server error"),
    HTTP_NOT_IMPLEMENTED: (501, "not implemented"),
    HTTP_SERVICE_UNAVAILABLE: (503, "service unavailable"),
    HTTP_GATEWAY_TIMEOUT: (504, "gateway timeout"),
    HTTP_CORRUPTED_JSON: (400, "invalid JSON object"),
    READ_ONLY: (403, "read only"),
    FILESYSTEM_FULL: (500, "filesystem full"),
    CONFLICT: (409, "conflict"),
    DOCUMENT_NOT_FOUND: (404, "document not found"),
    DATA_SOURCE_NOT_FOUND: (404, "collection or view not found"),
    DOCUMENT_HANDLE_BAD: (400, "illegal document identifier"),
    DUPLICATE_NAME: (409, "duplicate name"),
    ILLEGAL_NAME: (400, "illegal name"),
    UNIQUE_CONSTRAINT_VIOLATED: (409, "unique constraint violated"),
    INDEX_NOT_FOUND: (404, "index not found"),
    CROSS_COLLECTION_REQUEST: (400, "cross collection request not allowed"),
    COLLECTION_TYPE_INVALID: (400, "collection type invalid"),
    DOCUMENT_KEY_BAD: (400, "illegal document key"),
    DOCUMENT_KEY_UNEXPECTED: (400, "unexpected document key"),
    DOCUMENT_KEY_MISSING: (400, "missing document key"),
    DOCUMENT_TYPE_INVALID: (400, "invalid document type"),
    DATABASE_NOT_FOUND: (404, "database not found"),
    DATABASE_NAME_INVALID: (400, "database name invalid"),
    USE_SYSTEM_DATABASE: (403, "operation only allowed in system database"),
    INVALID_KEY_GENERATOR: (400, "invalid key generator"),
    INVALID_EDGE_ATTRIBUTE: (400, "edge attribute missing or invalid"),
    CLUSTER_TOO_MANY_SHARDS: (400, "too many shards"),
    CLUSTER_COULD_NOT_CREATE_COLLECTION: (500, "could not create collection"),
    CLUSTER_TIMEOUT: (500, "timeout in cluster operation"),
    CLUSTER_SHARD_GONE: (500, "shard gone"),
    CLUSTER_CONNECTION_LOST: (503, "cluster internal HTTP connection broken"),
    CLUSTER_MUST_NOT_SPECIFY_KEY: (400, "must not specify _key for this collection"),
    CLUSTER_NOT_ALL_SHARDING_ATTRIBUTES_GIVEN: (400, "not all sharding attributes given"),
    CLUSTER_MUST_NOT_CHANGE_SHARDING_ATTRIBUTES: (400, "must not change the value of a shard key attribute"),
    CLUSTER_UNSUPPORTED: (501, "unsupported operation or parameter for clusters"),
    CLUSTER_ONLY_ON_COORDINATOR: (501, "this operation is only valid on a coordinator in a cluster"),
    CLUSTER_ONLY_ON_DBSERVER: (501, "this operation is only valid on a DBserver in a cluster"),
    CLUSTER_BACKEND_UNAVAILABLE: (503, "A cluster backend which was required for the operation could not be reached"),
    CLUSTER_CHAIN_OF_DISTRIBUTESHARDSLIKE: (500, "chain of distributeShardsLike references"),
    CLUSTER_MUST_NOT_DROP_COLL_OTHER_DISTRIBUTESHARDSLIKE: (
        500,
        "must not drop collection while another has a distributeShardsLike attribute pointing to it",
    ),
    CLUSTER_UNKNOWN_DISTRIBUTESHARDSLIKE: (
        500,
        "must not have a distributeShardsLike attribute pointing to an unknown collection",
    ),
    CLUSTER_INSUFFICIENT_DBSERVERS: (500, "number of DB-Servers is less than replicationFactor"),
    CLUSTER_SHARD_LEADER_REFUSES_REPLICATION: (406, "a shard leader refuses to perform a replication operation"),
    CLUSTER_SHARD_FOLLOWER_REFUSES_OPERATION: (
        406,
        "a shard follower refuses to perform an operation that is not a replication",
    ),
    CLUSTER_SHARD_LEADER_RESIGNED: (421, "a (former) shard leader refuses to perform an operation"),
    CLUSTER_AGENCY_COMMUNICATION_FAILED: (500, "some agency operation failed"),
    CLUSTER_NOT_LEADER: (503, "not a leader"),
    QUERY_KILLED: (410, "query killed"),
    QUERY_PARSE: (400, "parse error"),
    QUERY_EMPTY: (400, "query is empty"),
    QUERY_SCRIPT: (500, "unexpected script error"),
    QUERY_NUMBER_OUT_OF_RANGE: (400, "number out of range"),
    QUERY_VARIABLE_NAME_INVALID: (400, "variable name has an invalid format"),
    QUERY_VARIABLE_REDECLARED: (400, "variable is assigned multiple times"),
    QUERY_VARIABLE_NAME_UNKNOWN: (400, "unknown variable"),
    QUERY_TOO_MANY_COLLECTIONS: (400, "too many collections/shards"),
    QUERY_TOO_MUCH_NESTING: (500, "too much nesting or too many objects"),
    QUERY_INVALID_OPTIONS_ATTRIBUTE: (500, "unknown attribute in OPTIONS clause"),
    QUERY_FUNCTION_NAME_UNKNOWN: (400, "usage of unknown function"),
    QUERY_FUNCTION_ARGUMENT_NUMBER_MISMATCH: (400, "invalid number of arguments for function"),
    QUERY_FUNCTION_ARGUMENT_TYPE_MISMATCH: (400, "invalid argument type in call to function"),
    QUERY_INVALID_REGEX: (400, "invalid regex value"),
    QUERY_BIND_PARAMETERS_INVALID: (400, "invalid structure of bind parameters"),
    QUERY_BIND_PARAMETER_MISSING: (400, "no value specified for declared bind parameter"),
    QUERY_BIND_PARAMETER_UNDECLARED: (400, "bind parameter was not declared in the query"),
    QUERY_BIND_PARAMETER_TYPE: (400, "bind parameter has an invalid value or type"),
    QUERY_INVALID_ARITHMETIC_VALUE: (400, "invalid arithmetic value"),
    QUERY_DIVISION_BY_ZERO: (400, "division by zero"),
    QUERY_ARRAY_EXPECTED: (400, "array expected"),
    QUERY_COLLECTION_USED_IN_EXPRESSION: (500, "collection used as expression operand"),
    QUERY_FAIL_CALLED: (400, "FAIL() called"),
    QUERY_GEO_INDEX_MISSING: (404, "no suitable geo index found for geo restriction"),
    QUERY_FULLTEXT_INDEX_MISSING: (404, "no suitable fulltext index found for fulltext query"),
    QUERY_INVALID_DATE_VALUE: (400, "invalid date value"),
    QUERY_MULTI_MODIFY: (400, "multiple data-modification operations on the same collection"),
    QUERY_INVALID_AGGREGATE_EXPRESSION: (500, "invalid aggregate expression"),
    QUERY_COMPILE_TIME_OPTIONS: (400, "query options must be readable at query compile time"),
    QUERY_FORCED_INDEX_HINT_UNUSABLE: (500, "could not use forced index hint"),
    QUERY_DISALLOWED_DYNAMIC_CALL: (400, "disallowed dynamic call"),
    QUERY_ACCESS_AFTER_MODIFICATION: (400, "access after data-modification"),
    QUERY_FUNCTION_INVALID_NAME: (400, "invalid user function name"),
    QUERY_FUNCTION_INVALID_CODE: (400, "invalid user function code"),
    QUERY_FUNCTION_NOT_FOUND: (404, "user function not found"),
    QUERY_NOT_ELIGIBLE_FOR_PLAN_CACHING: (500, "query is not eligible for plan caching"),
    QUERY_NOT_FOUND: (404, "query not found"),
    QUERY_USER_ASSERT: (500, "error: assert"),
    QUERY_USER_WARN: (500, "warning"),
    QUERY_WINDOW_AFTER_MODIFICATION: (500, "window operation after data-modification"),
    CURSOR_NOT_FOUND: (404, "cursor not found"),
    CURSOR_BUSY: (409, "cursor is busy"),
    VALIDATION_FAILED: (400, "Validation failed"),
    VALIDATION_BAD_PARAMETER: (400, "Validation failed: bad parameter"),
    TRANSACTION_UNREGISTERED_COLLECTION: (400, "unregistered collection used in transaction"),
    TRANSACTION_DISALLOWED_OPERATION: (400, "disallowed operation inside transaction"),
    TRANSACTION_ABORTED: (410, "transaction aborted"),
    TRANSACTION_NOT_FOUND: (404, "transaction not found"),
    USER_INVALID_NAME: (400, "invalid user name"),
    USER_DUPLICATE: (409, "duplicate user"),
    USER_NOT_FOUND: (404, "user not found"),
    TASK_NOT_FOUND: (404, "task not found"),
    GRAPH_INVALID_GRAPH: (400, "invalid graph"),
    GRAPH_COLLECTION_MULTI_USE: (400, "multi use of edge collection in edge def"),
    GRAPH_COLLECTION_USE_IN_MULTI_GRAPHS: (400, "edge collection already used in edge def"),
    GRAPH_CREATE_MISSING_NAME: (400, "missing graph name"),
    GRAPH_CREATE_MALFORMED_EDGE_DEFINITION: (400, "malformed edge definition"),
    GRAPH_NOT_FOUND: (404, "graph not found"),
    GRAPH_DUPLICATE: (409, "graph already exists"),
    GRAPH_VERTEX_COL_DOES_NOT_EXIST: (404, "vertex collection does not exist or is not part of the graph"),
    GRAPH_WRONG_COLLECTION_TYPE_VERTEX: (400, "collection not a vertex collection"),
    GRAPH_NOT_IN_ORPHAN_COLLECTION: (400, "collection is not in list of orphan collections"),
    GRAPH_COLLECTION_USED_IN_EDGE_DEF: (400, "collection already used in edge def"),
    GRAPH_EDGE_COLLECTION_NOT_USED: (404, "edge collection not used in graph"),
    GRAPH_COLLECTION_USED_IN_ORPHANS: (400, "collection used in orphans"),
    GRAPH_EDGE_COL_DOES_NOT_EXIST: (400, "edge collection does not exist or is not part of the graph"),
    GRAPH_MUST_NOT_DROP_COLLECTION: (500, "must not drop collection while part of graph"),
    GRAPH_CREATE_MALFORMED_ORPHAN_LIST: (500, "malformed orphan list"),
    GRAPH_EDGE_DEFINITION_IS_DOCUMENT: (500, "edge definition collection is a document collection"),
    GRAPH_REFERENCED_VERTEX_COLLECTION_NOT_PART_OF_THE_GRAPH: (
        404,
        "referenced vertex collection is not part of the graph",
    ),
    GRAPH_NEGATIVE_EDGE_WEIGHT: (500, "negative edge weight found"),
    HOT_BACKUP_INTERNAL: (500, "hot backup internal error"),
    BACKUP_TOPOLOGY: (500, "backup topology differs from the cluster's"),
    NO_SUCH_HOT_BACKUP: (404, "no such hot backup"),
    HOT_BACKUP_CONFLICT: (500, "another hot backup operation is in progress"),
    HOT_BACKUP_DBSERVERS_AWOL: (500, "some DB-Servers cannot be reached for the hot backup"),
    QUEUE_TIME_REQUIREMENT_VIOLATED: (412, "queue time requirement violated"),
}


def http_status_of(error_num: int) -> int:
    """Return the HTTP status ArangoDB sends for an error number (500 for numbers not listed)."""
    return _TABLE.get(error_num, (500, ""))[0]


def message_of(error_num: int) -> str:
    """Return ArangoDB's text for an error number."""
    return _TABLE.get(error_num, (500, "internal error"))[1]


class ArangoError(Exception):
    """An error answer: HTTP status, ArangoDB error number, message, and extra members of the body."""

    def __init__(
        self,
        error_num: int,
        message: str | None = None,
        *,
        status: int | None = None,
        extra: dict[str, object] | None = None,
    ) -> None:
        self.error_num = error_num
        self.message = message if message is not None else message_of(error_num)
        self.status = status if status is not None else http_status_of(error_num)
        self.extra = extra or {}
        super().__init__(self.message)

    def body(self) -> dict[str, object]:
        """Return the JSON body ArangoDB sends for this error."""
        return {
            **self.extra,
            "error": True,
            "code": self.status,
            "errorNum": self.error_num,
            "errorMessage": self.message,
        }
