"""The formats of arangoexport: how documents become JSON, JSON lines, CSV, XML and XGMML."""

from __future__ import annotations

import gzip
import json
from typing import IO, TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_XML_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_XGMML_HEAD = (
    _XML_HEAD
    + '<!DOCTYPE graph PUBLIC "-//John Punin//DTD graph description//EN" '
    + '"http://www.cs.rpi.edu/research/groups/pb/punin/public_html/XGMML/xgmml.dtd">\n'
)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Writer:
    """Writes documents to one file; the base writes JSON lines. `size` counts bytes before compression."""

    def __init__(self, path: str, *, compress: bool) -> None:
        self.path = path + (".gz" if compress else "")
        opener: Any = gzip.open if compress else open
        self._file: IO[bytes] = opener(self.path, "wb")
        self.size = 0

    def text(self, text: str) -> None:
        """Write a text as it is."""
        data = text.encode("utf-8", "surrogatepass")
        self._file.write(data)
        self.size += len(data)

    def begin(self, name: str) -> None:
        """Write what comes before the documents of a collection or graph."""

    def add(self, document: Any) -> None:
        """Write a document."""
        self.text(_json(document) + "\n")

    def end(self) -> None:
        """Write what comes after the documents."""

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class JsonWriter(Writer):
    """One array."""

    def __init__(self, path: str, *, compress: bool) -> None:
        super().__init__(path, compress=compress)
        self._is_first = True

    def begin(self, name: str) -> None:
        """Open the array."""
        self.text("[")

    def add(self, document: Any) -> None:
        """Write an element."""
        self.text(("\n  " if self._is_first else ",\n  ") + _json(document))
        self._is_first = False

    def end(self) -> None:
        """Close the array."""
        self.text("\n]\n")


class CsvWriter(Writer):
    """A table with chosen attributes; `escape` puts a quote before what a spreadsheet would take as a formula."""

    def __init__(self, path: str, *, compress: bool, fields: Sequence[str], escape: bool) -> None:
        super().__init__(path, compress=compress)
        self._fields = fields
        self._escape = escape

    def begin(self, name: str) -> None:
        """Write the header."""
        self.text(",".join(self._quoted(field) for field in self._fields) + "\n")

    def add(self, document: Any) -> None:
        """Write a row; attributes that are not there are empty."""
        values = document if isinstance(document, dict) else {}
        self.text(",".join(self._cell(values.get(field)) for field in self._fields) + "\n")

    def _cell(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            escaped = "'" + value if self._escape and value.startswith(_FORMULA_STARTS) else value
            return self._quoted(escaped)
        return self._quoted(_json(value)) if isinstance(value, (list, dict)) else _json(value)

    @staticmethod
    def _quoted(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'


def _attribute(name: str | None, value: Any, depth: int) -> str:
    """Return an ``att`` element; arrays and objects have elements inside."""
    label = "" if name is None else f" name={quoteattr(name)}"
    indent = "  " * depth
    if isinstance(value, (list, dict)):
        inside = value.items() if isinstance(value, dict) else ((None, item) for item in value)
        elements = "".join(_attribute(key, item, depth + 1) for key, item in inside)
        return f'{indent}<att{label} type="list">\n{elements}{indent}</att>\n'
    kind = "string"
    text = "" if value is None else value
    if isinstance(value, bool):
        kind, text = "boolean", "true" if value else "false"
    elif isinstance(value, (int, float)):
        kind, text = ("integer" if isinstance(value, int) else "real"), _json(value)
    return f"{indent}<att{label} type={quoteattr(kind)} value={quoteattr(_printable(str(text)))}/>\n"


def _printable(text: str) -> str:
    """Return a text without the control characters that XML cannot have."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n\r")


class XmlWriter(Writer):
    """Generic XML: a ``doc`` element per document."""

    def begin(self, name: str) -> None:
        """Open the collection."""
        self.text(f"{_XML_HEAD}<collection name={quoteattr(name)}>\n")

    def add(self, document: Any) -> None:
        """Write a document."""
        values = document if isinstance(document, dict) else {"value": document}
        attributes = "".join(_attribute(name, value, 1) for name, value in values.items() if name != "_key")
        self.text(f"<doc key={quoteattr(str(values.get('_key', '')))}>\n{attributes}</doc>\n")

    def end(self) -> None:
        """Close the collection."""
        self.text("</collection>\n")


class XgmmlWriter(Writer):
    """A graph: documents with ``_from`` are edges, all others nodes."""

    def __init__(self, path: str, *, compress: bool, label: str, label_only: bool) -> None:
        super().__init__(path, compress=compress)
        self._label = label
        self._label_only = label_only

    def begin(self, name: str) -> None:
        """Open the graph."""
        self.text(
            f'{_XGMML_HEAD}<graph label={quoteattr(name)} xmlns="http://www.cs.rpi.edu/XGMML" directed="1">\n'
        )  # fmt: skip

    def add(self, document: Any) -> None:
        """Write a node or an edge."""
        label = document.get(self._label)
        default = "Default-Label"
        text = quoteattr(label if isinstance(label, str) else default if label is None else _json(label))
        if "_from" in document:
            kind, head = (
                "edge",
                f"label={text} source={quoteattr(document['_from'])} target={quoteattr(document['_to'])}",
            )
        else:
            kind, head = "node", f"label={text} id={quoteattr(document['_id'])}"
        attributes = ""
        if not self._label_only:
            shown = ((n, v) for n, v in document.items() if n not in ("_id", "_from", "_to", self._label))
            attributes = "".join(_attribute(name, value, 1) for name, value in shown)
        self.text(f"<{kind} {head}>\n{attributes}</{kind}>\n" if attributes else f"<{kind} {head}/>\n")

    def end(self) -> None:
        """Close the graph."""
        self.text("</graph>\n")
