"""Recordings that are safer to send: what should not leave the house replaced, the shape of the streams kept.

``run`` joins the modules: a file is a tree of texts in one another (``json_tree``, ``yaml_text``, ``http_text``, ``bodies``,
``packing``, ``aws_frames``), a ``walk`` over it gives ``pieces`` with their kinds (``fields``), ``replacing`` says what each
becomes (``filler``, ``pseudonyms``, ``urls``, ``media``), by a ``policy`` and a key (``keys``); the ``sheet`` counts.
"""

from recexplore.share.redact.policy import Policy
from recexplore.share.redact.run import redact, unredacted
from recexplore.share.redact.sheet import Sheet

__all__ = ["Policy", "Sheet", "redact", "unredacted"]
