"""What other packages import to add an envelope, a dialect or a rule; nothing else of the house is promised to stay.

How to: ``docs/extending.md``.
"""

from __future__ import annotations

from recexplore.model.exchange import CHUNK, Blob, Exchange, Json, Problem
from recexplore.model.json_text import to_json_text
from recexplore.model.notes import Note, joined_notes
from recexplore.model.request_fields import RequestFields
from recexplore.model.span import Span
from recexplore.model.traits import FinishMeaning, Trait
from recexplore.read.envelopes import Envelope
from recexplore.read.extract import emit
from recexplore.read.extract.dialect import Dialect, Variant
from recexplore.read.extract.emit import UsageFields
from recexplore.read.wire.content import Content
from recexplore.rules import Hit, Rule, Streams
from recexplore.tables.builders import Columns

__all__ = [
    "CHUNK",
    "Blob",
    "Columns",
    "Content",
    "Dialect",
    "Envelope",
    "Exchange",
    "FinishMeaning",
    "Hit",
    "Json",
    "Note",
    "Problem",
    "RequestFields",
    "Rule",
    "Span",
    "Streams",
    "Trait",
    "UsageFields",
    "Variant",
    "emit",
    "joined_notes",
    "to_json_text",
]
