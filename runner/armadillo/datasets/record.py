"""`DatasetRecord`: what a dataset says about itself, the first member of its archive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from ..errors import DatasetError

RECORD_NAME = "dataset.json"
_FORMAT = 1


@dataclass(frozen=True)
class DatasetRecord:
    """Who made the data, and what it holds to."""

    target: str
    """Label of the dataset."""
    server_label: str
    """Target of the server that made it."""
    version: str
    edition: str
    standin: str
    servers: Mapping[str, str] = field(default_factory=dict)
    """Address of each server by its name, as the other servers knew it; of no use to a single server."""
    is_cluster: bool = False
    network_tier: str = ""
    skip_reason: str = ""
    """What the server lacked that the dataset requires: then there are no data, and tests are skipped."""

    @property
    def made_by(self) -> str:
        """The server in words."""
        return described(self.version, self.edition, self.standin)

    def to_json(self) -> str:
        """The same text for the same record."""
        return json.dumps({"format": _FORMAT, **asdict(self)}, indent=2, sort_keys=True) + "\n"


def described(version: str, edition: str, standin: str) -> str:
    """A server's version, as a dataset compares it: the stand-in is never called ArangoDB."""
    return f"{standin} as ArangoDB {version}" if standin else f"ArangoDB {version} {edition}".strip()


def record_from_json(text: str | bytes, path: str) -> DatasetRecord:
    """Reads the record in the archive `path`; raises `DatasetError` for what is none."""
    try:
        data = json.loads(text)
        found = data.pop("format")
        if found != _FORMAT:
            raise DatasetError(
                f"expected a dataset of format {_FORMAT} in {path}, found format {found!r}; build it again"
            )
        return DatasetRecord(**data)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetError(
            f"expected an archive that an arangodb_dataset made in {path}, found a record that cannot be read "
            f"({error!r}); build the dataset again"
        ) from error
