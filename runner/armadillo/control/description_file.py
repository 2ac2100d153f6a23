"""The deployment as a JSON file, for whoever speaks no gRPC; docs/any_language.md names its fields."""

from __future__ import annotations

import json
import os

from armadillo_api.v1 import control_pb2
from google.protobuf import json_format


def write_description(path: str, description: control_pb2.DescribeReply) -> None:
    """Writes what the verb `describe` answers; only the user may read it. Raises OSError."""
    data = json_format.MessageToDict(
        description, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    with open(path, "w", encoding="utf-8", opener=for_the_user_alone) as file:
        json.dump(data, file, indent=2)
        file.write("\n")


def for_the_user_alone(path: str, flags: int) -> int:
    """An opener of files with secrets: one that signs JWTs, or the token of the control service."""
    return os.open(path, flags, 0o600)
