"""Files in, batches of tables out, in one process.

Takes blobs one by one, gives what was read of many at once. Never ends because of one bad file: what cannot be read is a
problem of its batch, what nobody recorded is passed over. Each file's parsed tree is let go before the next is read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from recexplore.corpus.source_file import Source
from recexplore.model.errors import NotLoadable
from recexplore.model.exchange import Blob, Exchange, Problem
from recexplore.model.json_text import to_json_text
from recexplore.read import envelopes
from recexplore.read.batch import Batch, BatchBuilder
from recexplore.read.envelopes.batch import unwrapped_results
from recexplore.read.options import CANNOT_BE_READ, ReadOptions
from recexplore.read.sources import is_looked_into
from recexplore.read.wire.content import Content
from recexplore.read.wire.json_text import decode_json

__all__ = ["numbered", "read_files"]

_BATCH_EVENTS: Final = 20_000
"""How many events are put into order at once: what that costs to begin is paid once for all of them."""
_HEAD_BYTES: Final = 1 << 16


def read_files(found: Iterable[Blob], options: ReadOptions) -> Iterator[Batch]:
    """What the files hold, in their order; no file is in two batches, and the last batch may be empty.

    Raises
    ------
    NotLoadable
        There is a problem, and the options are strict.
    """
    batch = BatchBuilder(options.credentials)
    for blob in found:
        _read_file(blob, batch, options.max_file_bytes)
        if options.strict and batch.problems:
            raise _not_loadable(batch.problems)
        if batch.n_events + batch.columns.events.n >= _BATCH_EVENTS:
            yield _closed(batch, options.strict)
            batch = BatchBuilder(options.credentials)
    yield _closed(batch, options.strict)


def _closed(batch: BatchBuilder, strict: bool) -> Batch:
    closed = batch.close()
    if strict and closed.problems:
        raise _not_loadable(closed.problems)
    return closed


def numbered(exchanges: Iterable[Exchange]) -> list[Exchange]:
    """The exchanges of a file, each with its position there as its number, whatever its envelope called it.

    A body that holds the results of a batch is as many exchanges as there are results.
    """
    numbered = [one for exchange in exchanges for one in unwrapped_results(exchange)]
    for position, exchange in enumerate(numbered):
        exchange.number = position
    return numbered


def _read_file(blob: Blob, batch: BatchBuilder, max_file_bytes: int) -> None:
    try:
        is_prose = not blob.is_named and is_looked_into(blob.name)
        # Where the beginning cannot be had by itself, the file is read once.
        data = blob.head(_HEAD_BYTES) if is_prose and blob.head is not None else blob.read(max_file_bytes)
        if is_prose and envelopes.choose(Content(blob.name, data[:_HEAD_BYTES]), is_named=False) is None:
            batch.skip(blob, "text that is no stream and no recording", "foreign")
            return
        if is_prose and blob.head is not None:
            data = blob.read(max_file_bytes)
    except Exception as error:  # whatever a source does, the load goes on
        said = str(error) if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        problem = Problem(CANNOT_BE_READ, "a readable file", said, "check the file")
        batch.note(problem, blob)
        return
    content = Content(blob.name, data)
    checksum, name = zlib.crc32(data), "recexplore"
    try:
        if is_in_conflict := _is_in_conflict(content):
            batch.note(_CONFLICT, blob)
        envelope = envelopes.choose(content, is_named=blob.is_named)
        name = f"the envelope {getattr(envelope, 'NAME', envelope)}"
        if envelope is None:
            if not is_in_conflict:
                _note_foreign(content, blob, batch)
            return
        found = list(envelope.read(content))
        exchanges = numbered(each for each in found if isinstance(each, Exchange))
        if not found:
            batch.skip(blob, f"{envelope.NAME}: nothing was recorded", "empty")
        for problem in (each for each in found if isinstance(each, Problem)):
            batch.note(problem, blob)
        for exchange in exchanges:
            batch.add(exchange, Source(blob, exchange.number, len(exchanges), checksum), len(data))
    except Exception as error:  # whatever a file does to whoever reads it, the load goes on
        said = f"{type(error).__name__}: {error}"
        problem = Problem(f"{name} failed", "a recording it can read", said, "please report it to whoever wrote it")
        batch.note(problem, blob)


_JSON_SUFFIXES: Final = (".json", ".har", ".jsonl", ".ndjson")
_EMPTY: Final = Problem("the file is empty", "a recording", "nothing but white space", "record it again")

_CONFLICT: Final = Problem(
    "a merge conflict that nobody resolved",
    "one of its two sides",
    "both, between the marks <<<<<<< and >>>>>>>",
    "resolve it, or record it again",
)
_CONFLICT_MARK: Final = re.compile(rb"^(?:<{7}|>{7}) \S", re.MULTILINE)
_HAS_NO_SUCH_LINE: Final = (".json", ".jsonl", ".ndjson", ".har", ".yaml", ".yml", ".sse")


def _is_in_conflict(content: Content) -> bool:
    """Whether a merge left its marks: in these formats no text of a recording stands at the beginning of a line."""
    if not content.name.lower().endswith(_HAS_NO_SUCH_LINE):
        return False
    if content.looks_like_json and not content.is_lines and not content.document.damage:
        return False
    # A substring is found many times faster than a pattern, and hardly any file has one.
    may_be = b"<<<<<<< " in content.data or b">>>>>>> " in content.data
    return may_be and _CONFLICT_MARK.search(content.data) is not None


def _note_foreign(content: Content, blob: Blob, batch: BatchBuilder) -> None:
    """What no recorder wrote: passed over, unless it was named, or is damaged."""
    if not blob.is_named and _is_sound(content):
        batch.skip(blob, f"no recording: {_foreign(content).found}", "foreign")
        return
    if not content.data.strip() and not content.name.lower().endswith(_JSON_SUFFIXES):
        batch.note(_EMPTY, blob)
        return
    damage = content.document.damage if _should_be_json(content) and not content.is_lines else ()
    for problem in damage or [_foreign(content)]:
        batch.note(problem, blob)


def _is_sound(content: Content) -> bool:
    """Whether a file that is no recording is none that broke: an empty one may be, and what should be JSON and says nothing,
    or has a recording's names where it is damaged. No recorder writes comments or templates, but one of them may have come
    before what it wrote."""
    if not content.data.strip():
        return False
    if not _should_be_json(content) or not content.document.damage:
        return True
    if content.is_lines and not any(decode_json(line).damage for line in content.first_lines()):
        return True
    if not content.document.value:
        is_by_hand = _WRITTEN_BY_HAND.match(content.data) is not None
        return is_by_hand and _RECORDS_MORE.search(content.data, 0, _HEAD_BYTES) is None
    return _RECORDS.search(content.data, 0, _HEAD_BYTES) is None


_WRITTEN_BY_HAND: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:[{\[]\s*)?(?://|/\*|#|<|\{[{%#])")
"""How configuration, templates and pages begin that are named like JSON."""

_RECORDS: Final = re.compile(
    rb'"(?:request|response|responses|interactions|http_interactions|entries|choices|fixtures|is_streaming|test_id)"\s*:'
)
"""Names that recorders give to what they record."""

_RECORDS_MORE: Final = re.compile(_RECORDS.pattern + rb"\s*[{\[]")
"""The same with an object or a list: settings of an editor may well have a word under such a name."""


def _should_be_json(content: Content) -> bool:
    return content.looks_like_json or content.name.lower().endswith(_JSON_SUFFIXES)


def _foreign(content: Content) -> Problem:
    is_json = _should_be_json(content) and content.document.readable
    value = content.document.value if is_json else content.data[:80].decode("utf-8", "replace")
    found = f"an object with {sorted(value)[:8]}" if isinstance(value, dict) else to_json_text(value)[:80]
    known = ", ".join(envelope.NAME for envelope in envelopes.known())
    return Problem("not a recording that recexplore knows", f"one of {known}", found, "leave it out, or convert it")


def _not_loadable(problems: list[Problem]) -> NotLoadable:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return NotLoadable(f"{first}{more}")
