"""What is in the files that a recorder wrote."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def documents(paths: Iterable[Path]) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in paths]


def wire_bytes(document: dict[str, Any]) -> bytes:
    """The body of an answer as it came."""
    wire = document["wire"]
    return "".join(wire["lines"]).encode() if "lines" in wire else base64.b64decode(wire["base64"])


def ends(paths: Iterable[Path]) -> list[str]:
    return [document["timing"]["end"] for document in documents(paths)]
