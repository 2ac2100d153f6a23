"""AQL user functions: ``/_api/aqlfunction``. Definitions only: there is no JavaScript engine to run them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .. import errors
from ..errors import ArangoError
from ..http.message import Response, success
from ..storage.operations import error_of

if TYPE_CHECKING:
    from ..backend import Backend, CollectionInfo
    from ..context import ServerContext
    from ..http.message import Request

_COLLECTION = "_aqlfunctions"
_NAME = re.compile(r"[a-zA-Z0-9_]+(::[a-zA-Z0-9_]+)+")
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)
    |(?P<word>[A-Za-z_$][\w$]*)|(?P<number>\d[\w.]*|\.\d\w*)|(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_KEYWORDS = (
    "break case catch class const continue debugger default delete do else export extends finally for function if"
    " import in instanceof let new of return static super switch this throw try typeof var void while with yield async"
    " await get set"
)
_WORDS = frozenset(_KEYWORDS.split())
_TRUE = ("true", "yes", "on", "1", "y")


def check_code(code: object) -> str:
    """Return the code of a function. Raises ArangoError 1581 when it cannot be a JavaScript function.

    This is no JavaScript parser: it sees that brackets close, that literals end, and that no two names stand side by
    side without an operator.
    """
    if not isinstance(code, str) or not re.match(r"\s*\(*\s*(async\s+)?(function\b|\(|[A-Za-z_$][\w$]*\s*=>)", code):
        raise ArangoError(errors.QUERY_FUNCTION_INVALID_CODE, "expecting a function")
    stack: list[str] = []
    before: tuple[str, str] = ("", "")
    for match in _TOKEN.finditer(code):
        kind, text = str(match.lastgroup), match[0]
        if kind == "space":
            if "\n" in text:
                before = ("", "")
            continue
        if text in _CLOSING.values():
            stack.append(text)
        elif text in _CLOSING and (not stack or stack.pop() != _CLOSING[text]):
            raise ArangoError(errors.QUERY_FUNCTION_INVALID_CODE, f"unexpected '{text}'")
        elif text in "\"'`" and kind == "other":
            raise ArangoError(errors.QUERY_FUNCTION_INVALID_CODE, "unterminated string literal")
        operands = ("word", "number", "string")
        if kind in operands and before[0] in operands and text not in _WORDS and before[1] not in _WORDS:
            raise ArangoError(errors.QUERY_FUNCTION_INVALID_CODE, f"unexpected '{text}'")
        before = (kind, text)
    if stack:
        raise ArangoError(errors.QUERY_FUNCTION_INVALID_CODE, f"'{stack[-1]}' is not closed")
    return code


class AqlFunctionApi:
    """Handlers below ``/_api/aqlfunction``; the definitions are documents of ``_aqlfunctions``."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        if context.settings.family < (4, 0):
            add = context.router.add
            add("GET", "/_api/aqlfunction", self.listed)
            add("GET", "/_api/aqlfunction/*", self.listed)
            add("POST", "/_api/aqlfunction", self.create)
            add("DELETE", "/_api/aqlfunction/*", self.delete)

    def _stored(self, request: Request) -> tuple[Backend, CollectionInfo]:
        backend = self._context.backend_for(request)
        return backend, backend.collection(request.database, _COLLECTION)

    async def listed(self, request: Request, namespace: str = "") -> Response:
        """GET /_api/aqlfunction: the definitions, of one namespace if it is named."""
        backend, info = self._stored(request)
        prefix = (namespace or request.parameters.get("namespace", "")).lower()
        found = [
            {"name": item["name"], "code": item["code"], "isDeterministic": bool(item.get("isDeterministic"))}
            for item in await backend.scan(info)
            if _is_below(str(item["name"]), prefix)
        ]
        return success(200, {"result": sorted(found, key=lambda item: str(item["name"]))})

    async def create(self, request: Request) -> Response:
        """POST /_api/aqlfunction: store a definition, new or changed."""
        body = request.json_object()
        name = body.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise ArangoError(errors.QUERY_FUNCTION_INVALID_NAME)
        code = check_code(body.get("code"))
        backend, info = self._stored(request)
        key = name.upper()
        is_new = not await backend.scan(info, key=key)
        document: dict[str, Any] = {"_key": key, "name": name, "code": code,
                                    "isDeterministic": bool(body.get("isDeterministic"))}  # fmt: skip
        results = await backend.execute(info, [{"op": "insert", "doc": document, "mode": "replace"}], {})
        if "error" in results[0]:
            raise error_of(results[0])
        return success(201 if is_new else 200, {"isNewlyCreated": is_new})

    async def delete(self, request: Request, name: str) -> Response:
        """DELETE /_api/aqlfunction/{name}: one function, or with ``group`` all of a namespace."""
        backend, info = self._stored(request)
        if request.parameters.get("group", "").lower() in _TRUE:
            names = [str(item["_key"]) for item in await backend.scan(info) if _is_below(str(item["name"]), name)]
        else:
            if not _NAME.fullmatch(name):
                raise ArangoError(errors.QUERY_FUNCTION_INVALID_NAME)
            names = [str(item["_key"]) for item in await backend.scan(info, key=name.upper())]
            if not names:
                raise ArangoError(errors.QUERY_FUNCTION_NOT_FOUND)
        results = await backend.execute(info, [{"op": "remove", "key": key, "doc": {}} for key in names], {})
        for result in results:
            if "error" in result:
                raise error_of(result)
        return success(200, {"deletedCount": len(names)})


def _is_below(name: str, namespace: str) -> bool:
    prefix = namespace.lower()
    return not prefix or name.lower().startswith(prefix if prefix.endswith("::") else prefix + "::")
