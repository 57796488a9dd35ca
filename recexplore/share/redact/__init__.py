"""Recordings that are safer to send: what should not leave the house replaced, the shape of the streams kept.

``run`` joins the modules: a file (``file_text``) is a tree of texts in one another (``notations``), a ``walk`` over it gives
pieces with their kinds (``fields``, ``zones``), ``replacing`` says what each becomes (``stand_ins``), by a ``policy`` and a
key (``keys``); the ``sheet`` counts.
"""

from recexplore.share.redact.policy import Policy
from recexplore.share.redact.run import redact, unredacted
from recexplore.share.redact.sheet import Sheet

__all__ = ["Policy", "Sheet", "redact", "unredacted"]
