"""A journal that ended becomes a recording.

Takes the path of a journal, writes a recording as that of llama-stack (now OGX) writes it, named by the hash under which its
replay looks it up, with ``timing`` and ``wire`` beside it; then removes the journal. Never overwrites a recording: further
runs of a request are numbered. A journal that cannot be finished stays, and can be read as it is; one that is finished anew,
for nobody came to remove it, is not written twice.
"""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from recexplore.capture.journal.file_lock import lock, unlock
from recexplore.capture.journal.left_journals import left_journals
from recexplore.capture.journal.name import SUFFIX
from recexplore.corpus import Recording
from recexplore.matching.generations import CURRENT
from recexplore.matching.ogx_hash import hash_of
from recexplore.matching.ogx_labels import (
    has_classes,
    labelled,
    labelled_chunk,
    message_in_stream,
    ogx_exception,
    ogx_label,
    ogx_raised,
)
from recexplore.matching.request import request_of
from recexplore.model.credentials import masked_json
from recexplore.model.errors import NotLoadable
from recexplore.model.exchange import DONE_MARK, Exchange, Json
from recexplore.read.envelopes import journal as journal_envelope
from recexplore.read.load import read_corpus
from recexplore.read.wire.content import Content
from recexplore.read.wire.http_exchange import Headers
from recexplore.read.wire.journal_records import JournalRecords, read_records
from recexplore.read.wire.recorded_wire import posix_s
from recexplore.read.wire.timed_reads import Clocked, fill_timed

__all__ = ["finish", "finish_left"]

_NS: Final = 1e9
_SUFFIX: Final = ".json"
_TIMING_MARK: Final = uuid4().hex
_LINE: Final = re.compile(r"[^\n]*\n?")
_ERROR_STATUS: Final = 400
_CLOCK_S: Final = 2.0
"""How coarse the times of files may be."""


def finish(journal: Path) -> Path:
    """Write the recording of a journal beside it, and remove the journal.

    Returns
    -------
    Path
        The recording.

    Raises
    ------
    NotLoadable
        The file is no journal.
    OSError
        The recording cannot be written; the journal stays.
    """
    with journal.open("rb") as file:
        if not lock(file.fileno()):
            raise NotLoadable(f"{journal}: somebody else writes or finishes it")
        try:
            if not os.path.samestat(os.fstat(file.fileno()), journal.stat()):
                raise FileNotFoundError(f"{journal} was finished by another process")
            path = _written(journal, Content(journal.name, file.read()))
            _sync_folder(journal.parent)
            journal.unlink(missing_ok=True)
        finally:
            unlock(file.fileno())
    return path


def _written(journal: Path, content: Content) -> Path:
    if not journal_envelope.sniff(content):
        raise NotLoadable(f"{journal}: expected a journal, found something else; it is left as it is")
    records = read_records(content)
    corpus = read_corpus(os.fspath(journal), check=_no_check, jobs=1, progress=False, credentials="shown", cache=False)
    recording = next(iter(corpus))
    document = {
        **_asked(recording),
        "response": _answered(recording, records),
        "id_normalization_mapping": {},
        "timing": _TIMING_MARK,
        "wire": _wire(records),
    }
    # Times differ in every recording: one line holds them all.
    before, _, after = json.dumps(document, indent=2).partition(f'"{_TIMING_MARK}"')
    text = before + json.dumps(_timing(recording.exchange, records)) + after + "\n"
    name = hash_of(request_of(recording), CURRENT) or journal.name.removesuffix(SUFFIX)
    data = text.encode()
    written, n_runs = _runs(journal, name, data)
    return written or _write_new(journal.parent, name, data, n_runs + 1)


def finish_left(folder: Path) -> Iterator[Path | Exception]:
    """Finish the journals that a dead recorder left in a folder; those that somebody still writes stay."""
    for journal in left_journals(folder):
        try:
            yield finish(journal)
        except FileNotFoundError:  # another process finished it
            continue
        except (OSError, NotLoadable) as error:
            yield error


def _no_check(subject: Any, progress: Any = None) -> Any:
    raise NotImplementedError("what is being captured is not judged")


def _asked(recording: Recording) -> dict[str, Json]:
    exchange = recording.exchange
    return {
        "test_id": exchange.test_id,
        "request": {
            "method": exchange.method,
            "url": exchange.url,
            "headers": {},
            "body": masked_json(exchange.request),  # of a large one only what looked like a key is masked yet
            "endpoint": exchange.endpoint,
            "model": exchange.model or "",
        },
    }


def _answered(recording: Recording, journal: JournalRecords) -> dict[str, Json]:
    """The answer in the form that the recorder's replay takes."""
    exchange = recording.exchange
    if not exchange.chunks:
        if exchange.error is None:
            return {"body": [], "is_streaming": True} if exchange.streaming else {"body": None, "is_streaming": False}
        return {"body": None, "is_streaming": False, "is_exception": True, "exception_message": exchange.error}
    if exchange.status is not None and exchange.status >= _ERROR_STATUS and not exchange.streaming:
        if request_of(recording).kind == "inference":
            return ogx_exception(exchange.status, exchange.chunks[0])
        return {"status": exchange.status, "body": exchange.chunks[0], "is_streaming": False}
    dialect = str(recording.facts["dialect"])
    if not exchange.streaming:
        return {"body": labelled(exchange.chunks[0], ogx_label(dialect, streaming=False)), "is_streaming": False}
    if exchange.wire_format == "sse" and not has_classes(dialect):
        # What the recorder passes through as it came, it keeps as lines.
        return {"body": _text(journal).removesuffix("\n").split("\n"), "is_streaming": True}
    chunks, raised = _until_raised(exchange)
    return {"body": [labelled_chunk(chunk, dialect) for chunk in chunks], "is_streaming": True, **raised}


def _until_raised(exchange: Exchange) -> tuple[list[Json], dict[str, Json]]:
    """The chunks that an SDK hands on, and what is said of the exception that it raises behind them."""
    whole = [chunk for chunk in _whole_chunks(exchange) if chunk != DONE_MARK]
    for number, chunk in enumerate(whole):
        if (message := message_in_stream(chunk)) is not None:
            return whole[:number], ogx_raised("APIError", message)
    return whole, ogx_raised("APIConnectionError", "Connection error.") if exchange.ended == "server broke off" else {}


def _whole_chunks(exchange: Exchange) -> list[Json]:
    """The chunks but for one that breaks off."""
    is_cut = exchange.damaged_chunk is not None and exchange.damage == "cut"
    return exchange.chunks[: exchange.damaged_chunk] if is_cut else exchange.chunks


def _text(journal: JournalRecords) -> str:
    return b"".join(read.data for read in journal.reads).decode("utf-8", "replace")


def _timing(exchange: Exchange, journal: JournalRecords) -> dict[str, Json]:
    """When what happened, in nanoseconds since the request was sent; since it was received, where it was not before the
    answer came."""
    zero_ns = journal.sent_ns or 0
    end = journal.events.get("end", {})
    reads = [(read.t_ns - zero_ns, len(read.data)) for read in journal.reads]
    times: dict[str, int | None] = {
        "request_received": -zero_ns,
        "request_sent": _since(zero_ns, journal.t_ns("sent")),
        "headers_received": _since(zero_ns, journal.t_ns("headers")),
        "first_byte": reads[0][0] if reads else None,
        "ended": _since(zero_ns, journal.t_ns("end")),
    }
    return {
        "clock": "monotonic",
        "unit": "ns",
        "zero": "request received" if journal.sent_ns is None else "request sent",
        "zero_at": _zero_at(journal, zero_ns),
        **{name: t_ns for name, t_ns in times.items() if t_ns is not None},
        "end": end.get("how", "not recorded"),
        **({"error": end["error"]} if "error" in end else {}),
        **({"lost": journal.lost} if any(journal.lost.values()) else {}),
        **({"request_lost": lost} if (lost := journal.request.get("lost")) else {}),
        "chunks": _chunk_times(exchange, journal),
        "reads": reads,
        **({"gaps": journal.gaps} if journal.gaps else {}),
    }


def _chunk_times(exchange: Exchange, journal: JournalRecords) -> list[int | None]:
    if exchange.t_zero != "request":
        # Its times count from its first chunk: they are taken anew, from when the request was received.
        received = replace(exchange, chunks=[], wire={}, problems=[], times_s=None)
        head = journal.events.get("headers", {})
        fill_timed(received, head.get("status"), Headers(head.get("headers")), journal.reads, Clocked(0))
        times_s = (received.times_s or [])[: len(exchange.times_s or [])]
    else:
        times_s = exchange.times_s or []
    return [None if math.isnan(t_s) else round(t_s * _NS) for t_s in times_s]


def _since(zero_ns: int, t_ns: int | None) -> int | None:
    return None if t_ns is None else t_ns - zero_ns


def _zero_at(journal: JournalRecords, zero_ns: int) -> str | None:
    received_s = posix_s(journal.first.get("received_at"))
    try:
        return None if received_s is None else datetime.fromtimestamp(received_s + zero_ns / _NS, UTC).isoformat()
    except (ValueError, OverflowError, OSError):  # behind the last year
        return None


def _wire(journal: JournalRecords) -> dict[str, Json]:
    """The answer's body as it came, byte for byte."""
    head = journal.events.get("headers", {})
    data = b"".join(read.data for read in journal.reads)
    noted: dict[str, Json] = {name: head[name] for name in ("status", "headers") if name in head}
    if journal.unpacked:
        noted["unpacked"] = journal.unpacked
    try:
        # Only line feeds part lines: others would not come back as they were.
        return {**noted, "lines": [line for line in _LINE.findall(data.decode()) if line]}
    except UnicodeDecodeError:
        return {**noted, "base64": base64.b64encode(data).decode("ascii")}


def _runs(journal: Path, name: str, data: bytes) -> tuple[Path | None, int]:
    """The recording of this journal, where a recorder died before it could remove that, and the number of the request's last
    run."""
    run, ended_s, n_runs = re.compile(rf"{re.escape(name)}(?:-([0-9a-f]{{8}}))?\.json"), journal.stat().st_mtime, 0
    with os.scandir(journal.parent) as entries:
        for entry in entries:
            if (found := run.fullmatch(entry.name)) is None:
                continue
            n_runs = max(n_runs, int(found[1], 16) if found[1] else 1)
            file = entry.stat()
            # Earlier runs are older than the journal: they are not read.
            is_like = file.st_size == len(data) and file.st_mtime >= ended_s - _CLOCK_S
            if is_like and Path(entry.path).read_bytes() == data:
                return Path(entry.path), n_runs
    return None, n_runs


def _write_new(folder: Path, name: str, data: bytes, start: int) -> Path:
    """Write a file that was not there, whole or not at all; the first free one of the request's names from a number on."""
    waiting = folder / f".{name[:16]}-{uuid4().hex[:8]}.tmp"
    try:
        with open(waiting, "xb", opener=_for_the_owner) as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        for number in count(start):
            path = folder / (f"{name}{_SUFFIX}" if number == 1 else f"{name}-{number:08x}{_SUFFIX}")
            if _moved(waiting, path):
                return path
        raise AssertionError("numbers never end")
    finally:
        with contextlib.suppress(FileNotFoundError):
            waiting.unlink()


def _sync_folder(folder: Path) -> None:
    """Have the names of a folder's files on the disk, before another of them is taken away."""
    with contextlib.suppress(OSError):  # some systems open no folders
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _for_the_owner(path: str, flags: int) -> int:
    """Open a file that nobody else may read: it holds what people said."""
    return os.open(path, flags, 0o600)


def _moved(waiting: Path, path: Path) -> bool:
    """Give a file its name, unless another has it."""
    try:
        os.link(waiting, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links
        try:
            with open(path, "xb", opener=_for_the_owner) as out:
                try:
                    out.write(waiting.read_bytes())
                    out.flush()
                    os.fsync(out.fileno())
                except BaseException:
                    path.unlink()  # half of it
                    raise
        except FileExistsError:
            return False
    return True
