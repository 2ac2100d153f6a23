"""Which options arangod of a family knows, with their types, defaults and ranges.

A section's table is only taken apart when one of its options is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .options_a_to_n import OPTIONS_A_TO_N
from .options_q_to_w import OPTIONS_Q_TO_W

if TYPE_CHECKING:
    from collections.abc import Iterator

Family = tuple[int, int]
V3: Family = (3, 12)
V4: Family = (4, 0)

SECTIONS = {**OPTIONS_A_TO_N, **OPTIONS_Q_TO_W}

# The stand-in's own options.
STANDIN_OPTIONS = """
    acknowledge-before-replicating:boolean=false lose-unsynced-writes:boolean=false
    stale-read-after-failover:boolean=false
    crash-after-ready-s:string= crash-at:string= exit-at-start:int32=0 exit-code-on-stop:int32=0{0..255}
    failover:boolean=true failure-points:boolean=true hang:string= ignore-sigterm:boolean=false
    leak-mib-per-request:double=0{0..} log-error-line:string= log-fatal-line:string= log-lines-at-request:uint32=0
    replication-timeout-s:double=5 spin:string= start-delay-s:double=0{0..} stderr-line:string=
    stop-delay-s:double=0{0..} version-family:string=3.12{3.12|4.0}
"""

# Options of former releases that are accepted without an effect, by family (None: in both); ``*`` ends a prefix.
_IGNORED: tuple[tuple[str, str, Family | None], ...] = (
    ("server.storage-engine", "string", None),
    ("replication.active-failover", "boolean", None),
    ("replication.automatic-failover", "boolean", None),
    ("experimental-vector-index", "boolean", None),
    ("server.telemetrics-api", "boolean", V3),
    ("server.telemetrics-api-max-requests", "uint64", V3),
    ("server.disable-statistics", "boolean", V3),
    ("javascript.*", "", V4),
    ("foxx.*", "", V4),
    ("server.statistics*", "boolean", V4),
    ("server.rest-server", "boolean", V4),
    ("server.authentication-system-only", "boolean", V4),
    ("console", "boolean", V4),
    ("vector-index*", "", V4),
)
_RANGES: dict[str, tuple[float | None, float | None]] = {
    "uint64": (0, 2**64 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "int32": (-(2**31), 2**31 - 1),
}


def _section(name: str) -> str:
    return name.partition(".")[0] if "." in name else ""


class Option:
    """One option: `kind` is boolean, uint64, uint32, int64, int32, double, string or strings (may be repeated).

    `minimum` and `maximum` bound numbers; `choices` are all values a string may have (empty: any). Options that are
    `ignored` are accepted and have no effect; a `command` makes arangod do something and exit.
    """

    __slots__ = ("choices", "command", "default", "ignored", "kind", "maximum", "minimum", "name")

    def __init__(self, name: str, kind: str, default: str = "") -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.minimum, self.maximum = _RANGES.get(kind, (None, None))
        self.choices: tuple[str, ...] = ()
        self.command = False
        self.ignored = False

    @property
    def section(self) -> str:
        """The section in a configuration file; empty for general options."""
        return _section(self.name)


def _option(section: str, text: str, family: Family) -> Option | None:
    """Read one entry of a table, ``name:kind=default{limits}@family!``; None if the family does not have it."""
    command, text = text.endswith("!"), text.removesuffix("!")
    if text[-2:] in ("@3", "@4"):
        if (text[-1] == "3") != (family < V4):
            return None
        text = text[:-2]
    text, _, limits = text.removesuffix("}").partition("{")
    name, _, rest = text.partition(":")
    kind, _, default = rest.partition("=")
    option = Option(f"{section}.{name}" if section else name, kind, default)
    option.command = command
    if ".." in limits:
        lower, _, upper = limits.partition("..")
        option.minimum = float(lower)
        option.maximum = float(upper) if upper else option.maximum
    elif limits:
        option.choices = tuple(limits.split("|"))
    return option


def options_of(section: str, family: Family) -> Iterator[Option]:
    """Return the options of a section that the family knows."""
    text = STANDIN_OPTIONS if section == "standin" else SECTIONS.get(section, "")
    for entry in text.split():
        option = _option(section, entry, family)
        if option is not None:
            yield option


def all_options(family: Family) -> Iterator[Option]:
    """Return every option of arangod that the family knows, without the stand-in's own."""
    for section in SECTIONS:
        yield from options_of(section, family)


def _ignored(name: str, family: Family) -> Option | None:
    for pattern, kind, only in _IGNORED:
        if only not in (None, family) or not (
            name == pattern or (pattern[-1] == "*" and name.startswith(pattern[:-1]))
        ):
            continue
        known = kind or next((old.kind for old in options_of(_section(name), V3) if old.name == name), "")
        if not known:
            return None
        option = Option(name, known)
        option.ignored = True
        return option
    return None


def find_option(name: str, family: Family) -> Option | None:
    """Return a known option, None for an unknown one."""
    section = _section(name)
    entry = f"{name[len(section) + 1 :] if section else name}:"
    text = STANDIN_OPTIONS if section == "standin" else SECTIONS.get(section, "")
    for word in text.split():
        if word.startswith(entry):
            option = _option(section, word, family)
            if option is not None:
                return option
    if family >= V4 and section == "ssl":
        # the old spelling of tls.*
        return find_option(f"tls.{name[4:]}", family)
    return _ignored(name, family)
