"""What a redacted file is called.

The recorder of llama-stack (OGX) names a file by the hash of its request, by which it finds it. A redacted request has
another hash: its file is named by that one, in the generation of the recorder that gave the old name, so that `recexplore
why` and the search for stale names tell of the redacted folder what they tell of the original. A name that no generation
gives is another one that none gives.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace

import orjson

from recexplore.matching.ogx_hash import file_hash, fitting, hash_of
from recexplore.matching.request import request_of
from recexplore.model.errors import RecexploreError
from recexplore.share.redact.stand_ins.pseudonyms import Pseudonyms

__all__ = ["redacted_name"]


def redacted_name(name: str, before: bytes, after: bytes, pseudonyms: Pseudonyms) -> str:
    """The name of a file below its folder; the same where it is no hash of what changed."""
    digits = file_hash(name)
    if digits is None or before == after:
        return name
    new = _new_digits(digits, before, after) or pseudonyms.of(digits)
    folder, file = posixpath.split(name)
    return posixpath.join(folder, file.replace(digits, new, 1))


def _new_digits(digits: str, before: bytes, after: bytes) -> str | None:
    try:
        fit = fitting(request_of(orjson.loads(before)), digits)
        if fit is None:
            return None
        found = hash_of(replace(request_of(orjson.loads(after)), is_sent_url=fit.is_sent_url), fit.generation)
    except (RecexploreError, ValueError, TypeError):
        return None
    return found[: len(digits)] if found is not None else None
